"""Capture -> masks of the person that miss neither what the detector saw nor where the fitted body is.

A detector's mask now and then lacks a head or an arm. In the background plate that would stay as a ghost.
"""

from collections.abc import Callable, Iterable

import numpy as np

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.masks import Masks
from motion_transfer.rendering.rasterizer import render_mesh


def person_masks(capture: Capture, model: BodyModel, frames: Iterable[int], advance: Callable[[], None]) -> Masks:
    """The detector's masks with the rendered body laid over them in some frames, where their pose is known.

    Args:
        frames: those whose masks are needed; the others keep the detector's.
        advance: called after each of them; what it raises ends the work.
    """
    masks, motion = capture.detections.masks, capture.motion
    body, camera = shape_body(model, motion.shape), capture.camera.resized(masks.size)
    compressed = list(masks.compressed)
    for frame in frames:
        if motion.seen[frame]:
            vertices_m = body.posed(motion.pose[frame : frame + 1]).vertices_m()
            drawn = render_mesh(vertices_m, model.faces, camera).covered[0].numpy()
            compressed[frame] = Masks.compress(np.maximum(masks[frame], drawn * np.uint8(255)))
        advance()
    return Masks(compressed=tuple(compressed), size=masks.size)
