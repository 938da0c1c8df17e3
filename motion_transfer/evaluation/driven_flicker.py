"""Flicker of a driven result: the change between consecutive frames that the driven body's motion does not explain.

Nobody filmed what a result shows, so that no true frames tell the motion as they do in `flicker`. But the body that was
driven tells it exactly: where a point of the surface is seen in two frames, it should look the same in both. A few
thousand points are enough for a mean, and cost little beside the painting.
"""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.posing import PosedBody, ShapedBody, skin
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.rendering.crop_track import CropTrack

POINTS = 3000  # of which about a third is seen at a time


@value
class _SurfacePoints:
    """Vertices that stand for the surface around them.

    Attributes:
        parts: the body part that each lies on.
    """

    rest_m: Float[Tensor, "point 3"]
    normals: Float[Tensor, "point 3"]
    weights: Float[Tensor, "point joint"]
    parts: Int[np.ndarray, "point"]


@value
class _Seen:
    """The points in one frame, with their colours (0-255); those that are not visible count for nothing."""

    rgb: Float[np.ndarray, "point 3"]
    visible: Bool[np.ndarray, "point"]


@dataclass(kw_only=True)
class DrivenFlicker:
    """Flicker of a clip, gathered frame by frame; only the last frame is kept.

    Args:
        body, motion: that were driven.
        camera: of the frames.
        track: the windows that the parts are told in.
    """

    body: ShapedBody
    motion: BodyMotion
    camera: Camera
    track: CropTrack
    _scores: list[float] = field(default_factory=list, init=False, repr=False)
    _before: _Seen | None = field(default=None, init=False, repr=False)

    def add(self, rgb: Frame, part: Int[np.ndarray, "crop_height crop_width"]) -> None:
        """Score the next frame.

        Args:
            part: the body part at each pixel of the frame's window, -1 beside the body, and everywhere where nobody
                was painted.
        """
        now = self._look(rgb, part, len(self._scores))
        self._scores.append(float("nan") if self._before is None else _change(self._before, now))
        self._before = now

    @property
    def scores(self) -> Float[np.ndarray, "frame"]:
        """Mean absolute change (0-255) of each frame since the one before, over the surface that both show.

        NaN in the first frame, and where nothing is seen in both.
        """
        return np.array(self._scores, np.float64)

    @cached_property
    def _points(self) -> _SurfacePoints:
        return _surface_points(self.body)

    @cached_property
    def _posed(self) -> PosedBody:
        return self.body.posed(self.motion.pose, fingers=False)

    def _look(self, rgb: Frame, part: Int[np.ndarray, "crop_height crop_width"], frame: int) -> _Seen:
        points, world_from_rest = self._points, self._posed.world_from_rest[frame : frame + 1]
        # A second point a millimetre further out tells which way the surface looks.
        both_m = skin(
            torch.cat([points.rest_m, points.rest_m + 1e-3 * points.normals]),
            points.weights.repeat(2, 1),
            world_from_rest,
        )[0]
        inner_m, outer_m = both_m.chunk(2)
        at_px, depth_m = self.camera.project(inner_m)
        eye_m = self.camera.position_m
        facing = ((outer_m - inner_m) * (eye_m - inner_m)).sum(-1) > 0
        at = at_px.numpy()
        place = np.floor((at - self.track.top_left_px[frame].numpy()) / self.track.px_per_pixel).astype(int)
        shown = (facing & (depth_m > 0)).numpy() & _inside(at, rgb) & _inside(place, part)
        shown[shown] = part[place[shown, 1], place[shown, 0]] == points.parts[shown]
        colours = np.zeros((len(at), 3), np.float32)
        if shown.any():
            colours[shown] = _sampled(rgb, at[shown])
        return _Seen(rgb=colours, visible=shown)


def _surface_points(body: ShapedBody) -> _SurfacePoints:
    """The same vertices for a body each time, the more of them where the surface is larger."""
    faces, rest_m = body.model.faces, body.rest_vertices_m
    corners = rest_m[faces]
    areas = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=-1).numpy()
    chosen = np.random.default_rng(0).choice(len(faces), min(POINTS, len(faces)), p=areas / areas.sum())
    vertices = faces[chosen, 0]
    return _SurfacePoints(
        rest_m=rest_m[vertices],
        normals=body.rest_normals[vertices],
        weights=body.model.weights[vertices],
        parts=body.model.part_of_face[chosen].numpy(),
    )


def _change(before: _Seen, now: _Seen) -> float:
    both = before.visible & now.visible
    return float(np.abs(before.rgb[both] - now.rgb[both]).mean()) if both.any() else float("nan")


def _inside(places: np.ndarray, picture: np.ndarray) -> Bool[np.ndarray, "point"]:
    height, width = picture.shape[:2]
    return ((places >= 0) & (places < (width, height))).all(1)


def _sampled(rgb: Frame, points_px: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 3"]:
    """Colours at points of a picture, between its pixels; OpenCV counts from their centres."""
    left, top = np.floor(points_px.min(0)).astype(int)
    right, bottom = np.floor(points_px.max(0)).astype(int)
    near = rgb[max(top - 1, 0) : bottom + 2, max(left - 1, 0) : right + 2].astype(np.float32)
    at = (points_px - (max(left - 1, 0) + 0.5, max(top - 1, 0) + 0.5)).astype(np.float32)[:, None]
    return cv2.remap(near, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
