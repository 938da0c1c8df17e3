"""Flicker of a driven result: the change between consecutive frames that the driven body's motion does not explain.

Nobody filmed what a result shows, so that no true frames tell the motion as they do in `flicker`. But the body that was
driven tells it exactly: where a point of the surface is seen in two frames, it should look the same in both.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Box, Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.rendering.rasterizer import Fragments, interpolate_barycentric, rasterize

ROWS = 128  # of points at which the person is compared
WIDEST = 2.0  # as many columns as rows, at most
HIDDEN_M = 0.03  # behind what was seen at the same place: there is something before the point


@value
class _Seen:
    """The body in one frame.

    Attributes:
        box: of the picture, which the fragments show.
    """

    rgb: Frame
    points_px: Float[Tensor, "vertex 2"]
    depth_m: Float[Tensor, "vertex"]
    fragments: Fragments
    box: Box


@dataclass(kw_only=True)
class DrivenFlicker:
    """Flicker of a clip, gathered frame by frame; only the last frame is kept.

    Args:
        body, motion: that were driven.
        camera: of the frames.
    """

    body: ShapedBody
    motion: BodyMotion
    camera: Camera
    _scores: list[float] = field(default_factory=list, init=False, repr=False)
    _before: _Seen | None = field(default=None, init=False, repr=False)

    def add(self, rgb: Frame, *, shown: bool) -> None:
        """Score the next frame; `shown` is False where nobody was painted into it."""
        now = self._look(rgb, len(self._scores)) if shown else None
        both = now is not None and self._before is not None
        self._scores.append(_change(self._before, now, self.body.model.faces) if both else float("nan"))
        self._before = now

    @property
    def scores(self) -> Float[np.ndarray, "frame"]:
        """Mean absolute change (0-255) of each frame since the one before, over the surface that both show.

        NaN in the first frame, and where nothing is seen in both.
        """
        return np.array(self._scores, np.float64)

    def _look(self, rgb: Frame, frame: int) -> _Seen | None:
        posed = self.body.posed(self.motion.pose[frame : frame + 1], fingers=False)
        points_px, depth_m = self.camera.project(posed.vertices_m())
        box = _box(points_px[0], self.camera.size)
        if box is None:
            return None
        size = ImageSize(height=ROWS, width=max(1, min(round(ROWS * box.width / box.height), int(WIDEST * ROWS))))
        scale = torch.tensor([size.width / box.width, size.height / box.height])
        placed = (points_px - torch.tensor([box.left, box.top])) * scale
        fragments = rasterize(placed, depth_m, posed.faces, size)
        return _Seen(rgb=rgb, points_px=points_px[0], depth_m=depth_m[0], fragments=fragments, box=box)


def _box(points_px: Float[Tensor, "vertex 2"], size: ImageSize) -> Box | None:
    """The part of the picture that the body is in; None where it is beside the picture."""
    (left, top), (right, bottom) = points_px.amin(0).tolist(), points_px.amax(0).tolist()
    left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, float(size.width)), min(bottom, float(size.height))
    return Box(left=left, top=top, width=right - left, height=bottom - top) if right > left and bottom > top else None


def _change(before: _Seen, now: _Seen, faces: Tensor) -> float:
    pixels = now.fragments.covered_pixels()
    corners = faces[now.fragments.face.flatten()[pixels]]
    barycentric = now.fragments.barycentric.flatten(0, 2)[pixels]
    there = _at(before, corners, barycentric)
    here = _at(now, corners, barycentric)
    seen = _nearest_m(before, there[:, :2]) > there[:, 2] - HIDDEN_M
    if not bool(seen.any()):
        return float("nan")
    was, is_now = (_sampled(of, points[seen, :2]) for of, points in ((before, there), (now, here)))
    return float(np.abs(was - is_now).mean())


def _at(seen: _Seen, corners: Tensor, barycentric: Tensor) -> Float[Tensor, "point 3"]:
    """Where points of the surface are in a frame: pixels and depth in metres."""
    return interpolate_barycentric(torch.cat([seen.points_px, seen.depth_m[:, None]], 1), corners, barycentric)


def _nearest_m(seen: _Seen, points_px: Float[Tensor, "point 2"]) -> Float[Tensor, "point"]:
    """Depth of the body at points of the picture; minus infinity beside the body's box."""
    depth_m = seen.fragments.depth_m[0]
    height, width = depth_m.shape
    column = ((points_px[:, 0] - seen.box.left) * (width / seen.box.width)).floor().long()
    row = ((points_px[:, 1] - seen.box.top) * (height / seen.box.height)).floor().long()
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    found = depth_m[row.clamp(0, height - 1), column.clamp(0, width - 1)]
    return torch.where(inside, found, -torch.inf)


def _sampled(seen: _Seen, points_px: Float[Tensor, "point 2"]) -> Float[np.ndarray, "point 3"]:
    """Colours (0-255) at points within the box, between the pixels of the picture."""
    left, top = int(seen.box.left), int(seen.box.top)
    right, bottom = seen.box.left + seen.box.width, seen.box.top + seen.box.height
    near = seen.rgb[top : int(bottom) + 2, left : int(right) + 2].astype(np.float32)
    points = points_px.numpy()[:, None] - np.array([left + 0.5, top + 0.5], np.float32)  # OpenCV counts from centres
    return cv2.remap(near, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
