"""Photometric registration: refine the motion until outline and textured surface agree with the pictures."""

from collections.abc import Callable

import cv2
from torch import Tensor

from motion_transfer.appearance.alignment import surface_shifts
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.surface_targets import SurfaceTargets, stack_targets
from motion_transfer.domain.body_motion import Capture
from motion_transfer.fitting.estimation import MotionRefiner
from motion_transfer.prefetch import thread_map
from motion_transfer.registration.crops import Crops
from motion_transfer.registration.rerender import rerender
from motion_transfer.rendering.texture import Texture


def register(
    refine: MotionRefiner,
    capture: Capture,
    crops: Crops,
    texture: Texture,
    *,
    iterations: int,
    advance: Callable[[], None],
) -> Capture:
    """Refine the pose of every frame that has a crop; shape, camera and texture are kept."""
    for _ in range(iterations):
        body = shape_body(refine.model, capture.motion.shape)
        targets = find_targets(body, capture, crops, texture, advance)
        capture = refine(capture, targets, advance=advance)
    return capture


def find_targets(
    body: ShapedBody, capture: Capture, crops: Crops, texture: Texture, advance: Callable[[], None]
) -> SurfaceTargets:
    """Surface points and where the pictures show them, in pixels of the full frame, for the frames with a crop."""
    of_frame: dict[int, tuple[Tensor, Tensor, Tensor]] = {}

    def targets_in(index: int) -> tuple[Tensor, Tensor, Tensor]:
        rendered = rerender(crops, index, body, capture, texture)
        flow = cv2.DISOpticalFlow.create(
            cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
        )  # one for each, since it holds what it computes
        vertex, xy_px, weights = surface_shifts(rendered, body.model.faces, flow)
        return vertex, xy_px * crops.track.px_per_pixel + crops.track.top_left_px[index], weights

    for frame, found in zip(crops.frames, thread_map(targets_in, range(len(crops))), strict=True):
        of_frame[frame] = found
        advance()
    return stack_targets(of_frame)
