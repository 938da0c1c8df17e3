"""Warping: where each pixel of a driven frame lies in each reference, through the surface and a little beyond it."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.skeleton import PARTS
from motion_transfer.compiled import compiled
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.driven_frames import DrivenFrame
from motion_transfer.references.similarity import joint_angles_deg, likeness, outline_likeness, turn_in_picture
from motion_transfer.references.views import NOTHING, ReferenceView

FACING_POWER = 1.5
LEAST_FACING = 0.02  # what is left of the rim, where no reference faces the camera
DEPTH_TOLERANCE_M = 0.03
NEAR = 0.5  # of a reference's worth that it must have at the outline, to tell where the person ends
RIM_TOLERANCE_CELLS = 2.0  # inside of its own outline, within which a reference still tells what lies beyond it
RIM_SHARE = 0.5  # of the distance beyond the outline that has to be kept
LIMBS = (("upper_arm", "forearm", "hand"), ("thigh", "shank", "foot"))


def _related_parts() -> Bool[np.ndarray, "part other"]:
    """Which parts may stand for each other beyond the outline: the same, and neighbours along a limb."""
    related = np.zeros((len(PARTS), NOTHING + 1), bool)
    related[np.arange(len(PARTS)), np.arange(len(PARTS))] = True
    for side in ("left", "right"):
        for limb in LIMBS:
            for upper, lower in zip(limb, limb[1:], strict=False):
                a, b = PARTS.index(f"{side}_{upper}"), PARTS.index(f"{side}_{lower}")
                related[a, b] = related[b, a] = True
    return related


RELATED = _related_parts()


@value
class Warp:
    """Flow from a window to references, at the window's pixels on the body and near it.

    Attributes:
        size: of the window.
        pixels: their flat indices.
        position_px: of each in the full frame that each reference was cut from.
        confidence: how much each reference is believed there; 0 for not at all.
        part: body part of each pixel, -1 beside the body.
    """

    size: ImageSize
    pixels: Int[np.ndarray, "pixel"]
    position_px: Float[np.ndarray, "reference pixel 2"]
    confidence: Float[np.ndarray, "reference pixel"]
    part: Int[np.ndarray, "pixel"]

    def row_of_cell(self) -> Int[np.ndarray, "height width"]:
        """For each cell of the window which pixel of the warp it is, -1 where nothing is near."""
        rows = np.full((self.size.height, self.size.width), -1, np.int64)
        rows.ravel()[self.pixels] = np.arange(len(self.pixels))
        return rows


def warp(
    driven: DrivenFrame,
    views: Sequence[ReferenceView],
    weights: Float[Tensor, "vertex joint"],
    *,
    tolerance_deg: float,
    sharpness: Float[Tensor, "reference"],
    softness: int,
) -> Warp:
    """Find each near pixel of the driven frame in each reference, and how far it can be believed.

    Args:
        weights: skinning weights of the body.
        tolerance_deg: angle over which a reference loses all but a third of its worth.
        softness: window pixels over which one reference passes into the next.
    """
    size = ImageSize(height=driven.fragments.face.shape[1], width=driven.fragments.face.shape[2])
    pixels = driven.pixels.numpy()
    position = np.empty((len(views), len(pixels), 2), np.float32)
    confidence = np.empty((len(views), len(pixels)), np.float32)
    angles = torch.stack([joint_angles_deg(driven.camera_from_joint, view.camera_from_joint) for view in views])
    apart_deg = weights @ angles.T  # vertex reference
    alike, outline = likeness(apart_deg, tolerance_deg), outline_likeness(apart_deg, tolerance_deg)
    points = _points(driven)
    for row, view in enumerate(views):
        facing = LEAST_FACING + (1 - LEAST_FACING) * view.facing**FACING_POWER
        if view.believed is not None:
            facing = facing * view.believed
        worth = torch.stack([facing * alike[:, row], facing * outline[:, row]], 1) * sharpness[row]
        surface = torch.cat([view.vertices_px, view.depth_m[:, None], worth], 1).numpy()
        scale = driven.root_depth_m / view.root_depth_m
        _follow(points, surface, _turns(driven, view), scale, _maps(view), position[row], confidence[row])
        confidence[row] = _softened(confidence[row], pixels, size, softness)
    part = driven.part.numpy().copy()
    part[len(driven.corners) :] = -1
    return Warp(size=size, pixels=pixels, position_px=position, confidence=confidence, part=part)


def _softened(
    confidence: Float[np.ndarray, "pixel"], pixels: Int[np.ndarray, "pixel"], size: ImageSize, softness: int
) -> Float[np.ndarray, "pixel"]:
    """Confidence that fades near where it ends, so that one reference passes softly into the next."""
    grid = np.zeros((size.height, size.width), np.float32)
    grid.ravel()[pixels] = confidence
    side = 2 * softness + 1
    return cv2.blur(grid, (side, side)).ravel()[pixels] * (confidence > 0)


def _turns(driven: DrivenFrame, view: ReferenceView) -> Float[np.ndarray, "joint 2 2"]:
    """What turns an offset in the picture as each joint is turned between driven frame and reference."""
    turn = turn_in_picture(driven.camera_from_joint, view.camera_from_joint)
    if view.mirrored:
        turn = turn * torch.tensor([[-1.0], [1.0]])
    return turn.numpy()


class _Points(NamedTuple):
    """A driven frame as compiled code reads it; its fields are those of `DrivenFrame`."""

    corners: np.ndarray
    barycentric: np.ndarray
    rim: np.ndarray
    nearest: np.ndarray
    offset_px: np.ndarray
    apart_px: np.ndarray
    part: np.ndarray
    joint: np.ndarray


class _Maps(NamedTuple):
    """A reference's maps as compiled code reads them; its fields are those of `ReferenceView`."""

    depth_m: np.ndarray
    apart: np.ndarray
    part: np.ndarray
    opaque: np.ndarray
    left_px: float
    top_px: float
    px_per_cell: float


def _points(driven: DrivenFrame) -> _Points:
    return _Points(**{name: getattr(driven, name).numpy() for name in _Points._fields})


def _maps(view: ReferenceView) -> _Maps:
    left, top = view.top_left_px
    return _Maps(
        view.depth_map_m, view.apart_map, view.part_map, view.opaque_map, float(left), float(top), view.px_per_cell
    )


@compiled
def _cell(maps: _Maps, x: float, y: float) -> tuple[int, int]:
    """Row and column of the cell that a place lies in; -1 where it lies in none."""
    row, column = (
        int(np.floor((y - maps.top_px) / maps.px_per_cell)),
        int(np.floor((x - maps.left_px) / maps.px_per_cell)),
    )
    height, width = maps.depth_m.shape
    if row < 0 or column < 0 or row >= height or column >= width:
        return -1, -1
    return row, column


@compiled
def _follow(
    points: _Points,
    surface: np.ndarray,
    turns: np.ndarray,
    scale: float,
    maps: _Maps,
    position_px: np.ndarray,
    confidence: np.ndarray,
) -> None:
    """Fill in where each point lies in one reference, and how far it is believed there.

    Args:
        surface: of each vertex the place (x, y), the depth, and its worth on the body and beyond it.
    """
    on_body = len(points.rim)
    outline = np.empty(on_body, np.float32)
    for row in range(on_body):
        x, y, depth, worth, beyond = 0.0, 0.0, 0.0, 0.0, 0.0
        for corner in range(3):
            vertex, weight = points.corners[row, corner], points.barycentric[row, corner]
            x += weight * surface[vertex, 0]
            y += weight * surface[vertex, 1]
            depth += weight * surface[vertex, 2]
            worth += weight * surface[vertex, 3]
            beyond += weight * surface[vertex, 4]
        position_px[row, 0], position_px[row, 1], outline[row], confidence[row] = x, y, beyond, 0
        down, across = _cell(maps, x, y)
        if down < 0:
            continue
        # A point at the outline may lie beside the person: there a near reference tells where the person ends.
        person = maps.opaque[down, across] or (points.rim[row] and beyond > NEAR * worth)
        # At the outline the nearest cell may lie just beside the body.
        shown = abs(maps.depth_m[down, across] - depth) < DEPTH_TOLERANCE_M or maps.apart[down, across] == 1
        if person and shown:
            confidence[row] = worth
    for near in range(len(points.nearest)):
        row, turn = on_body + near, turns[points.joint[near]]
        start, x, y = points.nearest[near], points.offset_px[near, 0], points.offset_px[near, 1]
        position_px[row, 0] = position_px[start, 0] + scale * (turn[0, 0] * x + turn[0, 1] * y)
        position_px[row, 1] = position_px[start, 1] + scale * (turn[1, 0] * x + turn[1, 1] * y)
        confidence[row] = 0
        down, across = _cell(maps, position_px[row, 0], position_px[row, 1])
        if down < 0:
            continue
        # Beside the same part of the body, and about as far from it.
        wanted = RIM_SHARE * scale * points.apart_px[near] / maps.px_per_cell - RIM_TOLERANCE_CELLS
        if maps.apart[down, across] >= wanted and RELATED[points.part[row], maps.part[down, across]]:
            confidence[row] = outline[start]
