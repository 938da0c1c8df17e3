"""Warping: where each pixel of a driven frame lies in each reference, through the surface and a little beyond it."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.depth import hands_in_front
from motion_transfer.references.similarity import joint_angles_deg, likeness, outline_likeness, turn_in_picture
from motion_transfer.references.views import NOTHING, ReferenceView, camera_from_joint
from motion_transfer.rendering.crop_track import project_to_window
from motion_transfer.rendering.nearest_pixel import nearest_pixel
from motion_transfer.rendering.rasterizer import Fragments, interpolate_barycentric, rasterize

FACING_POWER = 1.5
LEAST_FACING = 0.02  # what is left of the rim, where no reference faces the camera
DEPTH_TOLERANCE_M = 0.03
NEAR = 0.5  # of a reference's worth that it must have at the outline, to tell where the person ends
RIM_PX = 3  # inside of the outline, in pixels of the window
RIM_TOLERANCE_CELLS = 2.0  # inside of its own outline, within which a reference still tells what lies beyond it
RIM_SHARE = 0.5  # of the distance beyond the outline that has to be kept
LIMBS = (("upper_arm", "forearm", "hand"), ("thigh", "shank", "foot"))


@value
class DrivenFrame:
    """A driven body in a window.

    Attributes:
        pixels: flat indices of the window's pixels on the body, then of those near it.
        corners, barycentric: of the pixels on the body, where on the surface they lie.
        rim: whether these lie near the outline.
        nearest: for each pixel near the body, the row of the nearest one on it.
        offset_px, apart_px: from that pixel to this one, in pixels of the full frame, and its length.
        part, joint: of that pixel: body part, and the joint that moves it most.
        camera_from_joint, root_depth_m: how the joints are turned, and how far away the pelvis is.
    """

    fragments: Fragments
    pixels: Int[Tensor, "pixel"]
    corners: Int[Tensor, "body 3"]
    barycentric: Float[Tensor, "body 3"]
    rim: Bool[Tensor, "body"]
    nearest: Int[Tensor, "near"]
    offset_px: Float[Tensor, "near 2"]
    apart_px: Float[Tensor, "near"]
    part: Int[Tensor, "near"]
    joint: Int[Tensor, "near"]
    camera_from_joint: Float[Tensor, "joint 3 3"]
    root_depth_m: float


@value
class Warp:
    """Flow from a window to references, at the window's pixels on the body and near it.

    Attributes:
        size: of the window.
        pixels: their flat indices.
        position_px: of each in the full frame that each reference was cut from.
        confidence: how much each reference is believed there; 0 for not at all.
    """

    size: ImageSize
    pixels: Int[np.ndarray, "pixel"]
    position_px: Float[np.ndarray, "reference pixel 2"]
    confidence: Float[np.ndarray, "reference pixel"]

    def on_grid(self, values: Float[np.ndarray, "pixel *channel"], elsewhere: float) -> Float[np.ndarray, "*grid"]:
        """Values of the pixels in the window, rows by columns, with another value where nothing is near."""
        grid = np.full((self.size.height * self.size.width, *values.shape[1:]), elsewhere, np.float32)
        grid[self.pixels] = values
        return grid.reshape(self.size.height, self.size.width, *values.shape[1:])


@value
class SurfaceParts:
    """Body part of each face, and the joint that moves it most."""

    part_of_face: Int[Tensor, "face"]
    joint_of_face: Int[Tensor, "face"]


def surface_parts(model: BodyModel) -> SurfaceParts:
    """Computed once for many frames."""
    return SurfaceParts(part_of_face=model.part_of_face, joint_of_face=model.joint_of_face)


def driven_frame(
    body: PosedBody,
    camera: Camera,
    window_from_frame: Float[np.ndarray, "2 3"],
    size: ImageSize,
    reach_px: float,
    parts: SurfaceParts,
) -> DrivenFrame:
    """Rasterize a body of one frame and find what lies near it.

    Args:
        reach_px: how far beyond the outline is near, in window pixels.
    """
    model = body.shaped.model
    affine = torch.from_numpy(window_from_frame).float()[None]
    pixels, depth_m = project_to_window(body.vertices_m(), camera, affine)
    fragments = rasterize(pixels, hands_in_front(depth_m, model), model.faces, size)
    covered = fragments.covered[0].numpy()
    inner = np.flatnonzero(covered)
    if len(inner):
        apart, place = nearest_pixel(covered)
        outer = np.flatnonzero((apart > 0) & (apart <= reach_px))
    else:
        apart, place = np.zeros(covered.shape, np.float32), np.zeros(covered.shape, np.int64)
        outer = inner
    row_of = np.zeros(covered.size, np.int64)
    row_of[inner] = np.arange(len(inner))
    nearest = row_of[place.ravel()[outer]]
    here, there = (np.stack(np.unravel_index(at, covered.shape)[::-1], 1) for at in (outer, place.ravel()[outer]))
    px_per_pixel = 1 / float(np.sqrt(abs(np.linalg.det(window_from_frame[:, :2]))))
    on_body, rows = torch.from_numpy(inner), torch.from_numpy(nearest)
    face = fragments.face[0].flatten()[on_body]
    offset_px = torch.from_numpy(here - there).float() * px_per_pixel
    return DrivenFrame(
        fragments=fragments,
        pixels=torch.from_numpy(np.concatenate([inner, outer])),
        corners=model.faces[face],
        barycentric=fragments.barycentric[0].flatten(0, 1)[on_body],
        rim=torch.from_numpy(~_eroded(covered).ravel()[inner]),
        nearest=rows,
        offset_px=offset_px,
        apart_px=offset_px.norm(dim=1),
        part=parts.part_of_face[face][rows],
        joint=parts.joint_of_face[face][rows],
        camera_from_joint=camera_from_joint(body, camera)[0],
        root_depth_m=float(camera.project(body.joints_m[:, 0])[1][0]),
    )


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
    height, width = driven.fragments.face.shape[1:]
    pixels = driven.pixels.numpy()
    position = np.empty((len(views), len(pixels), 2), np.float32)
    confidence = np.empty((len(views), len(pixels)), np.float32)
    angles = torch.stack([joint_angles_deg(driven.camera_from_joint, view.camera_from_joint) for view in views])
    apart_deg = weights @ angles.T  # vertex reference
    alike, outline = likeness(apart_deg, tolerance_deg), outline_likeness(apart_deg, tolerance_deg)
    for row, view in enumerate(views):
        facing = LEAST_FACING + (1 - LEAST_FACING) * view.facing**FACING_POWER
        if view.believed is not None:
            facing = facing * view.believed
        worth = torch.stack([facing * alike[:, row], facing * outline[:, row]], 1)
        values = torch.cat([view.vertices_px, view.depth_m[:, None], worth], 1)
        on_body = interpolate_barycentric(values, driven.corners, driven.barycentric)
        beyond = on_body[driven.nearest]
        scale = driven.root_depth_m / view.root_depth_m
        beyond[:, :2] += _turned(driven, view) * scale
        near = on_body[:, 4] > NEAR * on_body[:, 3]
        shown = _is_shown(view, on_body[:, :2], on_body[:, 2], driven.rim & near)
        same = _is_same_side(view, beyond[:, :2], driven.part, driven.apart_px * scale)
        position[row] = torch.cat([on_body[:, :2], beyond[:, :2]]).numpy()
        believed = torch.cat([on_body[:, 3] * shown, beyond[:, 4] * same]).numpy() * float(sharpness[row])
        confidence[row] = _softened(believed, pixels, (height, width), softness)
    return Warp(size=ImageSize(height=height, width=width), pixels=pixels, position_px=position, confidence=confidence)


def _softened(
    confidence: Float[np.ndarray, "pixel"], pixels: Int[np.ndarray, "pixel"], size: tuple[int, int], softness: int
) -> Float[np.ndarray, "pixel"]:
    """Confidence that fades near where it ends, so that one reference passes softly into the next."""
    grid = np.zeros(size, np.float32)
    grid.ravel()[pixels] = confidence
    side = 2 * softness + 1
    return cv2.blur(grid, (side, side)).ravel()[pixels] * (confidence > 0)


def _turned(driven: DrivenFrame, view: ReferenceView) -> Float[Tensor, "near 2"]:
    """Offsets from the body, turned in the picture as the joint is turned between driven frame and reference."""
    turn = turn_in_picture(driven.camera_from_joint, view.camera_from_joint)
    cosine, sine = turn[:, 0, 0][driven.joint], turn[:, 1, 0][driven.joint]
    x, y = driven.offset_px.unbind(1)
    across = cosine * x - sine * y
    return torch.stack([-across if view.mirrored else across, sine * x + cosine * y], 1)


def _eroded(covered: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    side = 2 * RIM_PX + 1
    return cv2.erode(covered.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _is_shown(
    view: ReferenceView, place: Float[Tensor, "body 2"], depth_m: Float[Tensor, "body"], ending: Bool[Tensor, "body"]
) -> Bool[Tensor, "body"]:
    """Whether points of the surface are not hidden in the reference, and lie on the person there.

    Args:
        ending: points that may lie beside the person: there the reference tells where the person ends.
    """
    cells, inside = _cells(view, place)
    surface_m = torch.from_numpy(view.depth_map_m.ravel()[cells])
    apart = torch.from_numpy(view.apart_map.ravel()[cells])
    opaque = torch.from_numpy(view.opaque_map.ravel()[cells])
    # At the outline the nearest cell may lie just beside the body.
    return inside & (opaque | ending) & (((surface_m - depth_m).abs() < DEPTH_TOLERANCE_M) | (apart == 1))


def _is_same_side(
    view: ReferenceView, place: Float[Tensor, "near 2"], part: Int[Tensor, "near"], apart_px: Float[Tensor, "near"]
) -> Bool[Tensor, "near"]:
    """Whether points beside the body lie beside the same part of it in the reference, and about as far from it."""
    cells, inside = _cells(view, place)
    apart = torch.from_numpy(view.apart_map.ravel()[cells])
    other = torch.from_numpy(view.part_map.ravel()[cells])
    wanted = RIM_SHARE * apart_px / view.px_per_cell - RIM_TOLERANCE_CELLS
    return inside & (apart >= wanted) & RELATED[part, other.long()]


def _cells(view: ReferenceView, place: Float[Tensor, "pixel 2"]) -> tuple[np.ndarray, Bool[Tensor, "pixel"]]:
    """Flat index of the cell that each place lies in, and whether it lies in any."""
    height, width = view.depth_map_m.shape
    x, y = (((place[:, axis] - view.top_left_px[axis]) / view.px_per_cell).floor() for axis in range(2))
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).int().numpy(), inside


def _related_parts() -> Bool[Tensor, "part other"]:
    """Which parts may stand for each other beyond the outline: the same, and neighbours along a limb."""
    related = torch.zeros(len(PARTS), NOTHING + 1, dtype=torch.bool)
    related[range(len(PARTS)), range(len(PARTS))] = True
    for side in ("left", "right"):
        for limb in LIMBS:
            for upper, lower in zip(limb, limb[1:], strict=False):
                a, b = PARTS.index(f"{side}_{upper}"), PARTS.index(f"{side}_{lower}")
                related[a, b] = related[b, a] = True
    return related


RELATED = _related_parts()
