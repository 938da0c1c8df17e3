"""Fit the motion once more, to the picture itself: outline and textured surface instead of landmarks alone."""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from motion_transfer.appearance.alignment import surface_shifts
from motion_transfer.appearance.plate import Plate
from motion_transfer.appearance.rerender import Rerender
from motion_transfer.body.posing import shape_body
from motion_transfer.body.surface_targets import SurfaceTargets, stack_targets
from motion_transfer.datasets.footage import Footage
from motion_transfer.domain.body_motion import Capture
from motion_transfer.fitting.estimation import MotionRefiner
from motion_transfer.performers.overlays import draw_overlay, pose_of, to_full_frame
from motion_transfer.prefetch import thread_map
from motion_transfer.rendering.texture import Texture


def register(
    refine: MotionRefiner,
    capture: Capture,
    footage: Footage,
    alpha: UInt8[np.ndarray, "frame height width"],
    plate: Plate,
    texture: Texture,
    *,
    rounds: int,
    advance: Callable[[], None] = lambda: None,
) -> Capture:
    """Refine the pose of every frame of the footage; shape, camera and texture are kept."""
    for _ in range(rounds):
        targets = find_targets(refine, capture, footage, alpha, plate, texture, advance)
        capture = refine(capture, targets, advance=lambda: None)
    return capture


def find_targets(
    refine: MotionRefiner,
    capture: Capture,
    footage: Footage,
    alpha: UInt8[np.ndarray, "frame height width"],
    plate: Plate,
    texture: Texture,
    advance: Callable[[], None],
) -> SurfaceTargets:
    """Surface points and their places in the full frame, for every frame of the clip."""
    body = shape_body(refine.model, capture.motion.shape)
    nothing = torch.zeros(0, dtype=torch.long), torch.zeros(0, 2), torch.zeros(0)
    frames: list[tuple[Tensor, Tensor, Tensor]] = [nothing] * len(capture.motion)

    def targets_of(index: int) -> tuple[Tensor, Tensor, Tensor]:
        posed = pose_of(body, capture.motion.pose, footage.frame_indices[index])
        rerender = draw_overlay(footage, index, alpha[index] / np.float32(255), plate, texture, posed, capture.camera)
        return _in_full_frame(rerender, footage, index, body.model.faces)

    for number, found in zip(footage.frame_indices, thread_map(targets_of, range(len(footage))), strict=True):
        frames[number] = found
        advance()
    return stack_targets(frames)


def _in_full_frame(rerender: Rerender, footage: Footage, index: int, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # one for each, since it holds what it computes
    vertex, places, weights = surface_shifts(rerender, faces, flow)
    window = footage.window
    return vertex, to_full_frame(places, window.top_left_px[index], window.px_per_pixel), weights
