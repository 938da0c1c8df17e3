"""The clean background plate: the picture without the person, as a masked median over time."""

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.appearance.inpainting import Inpainter, inpaint_holes
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video
from motion_transfer.geometry.sampling import evenly_spaced

MEMORY_BYTES = 400_000_000
MOST_SAMPLES = 40
MARGIN = 0.012  # of the picture's height, around the person's mask; hair and hands reach out of it
FEWEST_SHOWN = 3  # samples that must show a pixel: fewer may be failures of the mask
SHADOWED = 24  # grey levels around the median within which a pixel counts as background


@value
class Plate:
    """The background.

    Attributes:
        rgb: the picture without the person.
        known: pixels that some frame shows; the others are filled in.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    known: Bool[np.ndarray, "height width"]


def build_plate(video: Video, masks: Masks, inpainter: Inpainter) -> Plate:
    """Median over frames spread through the clip of the pixels where the person is not; the rest is filled."""
    pixels = video.size.height * video.size.width
    samples = int(np.clip(MEMORY_BYTES // (pixels * 4), 5, MOST_SAMPLES))
    chosen = evenly_spaced(len(masks), samples)
    stack = np.empty((len(chosen), video.size.height, video.size.width, 3), np.uint8)
    hidden = np.empty(stack.shape[:3], bool)
    for row, (index, frame) in enumerate(video.pick(chosen)):
        stack[row], hidden[row] = frame, person_region(masks[index], video, MARGIN)
    rgb, known = _masked_median(stack, hidden)
    filled = inpaint_holes(rgb, known, inpainter)
    return Plate(rgb=filled, known=known)


def person_region(mask: UInt8[np.ndarray, "h w"], video: Video, margin: float) -> Bool[np.ndarray, "height width"]:
    """Where the person is at the frame's size, with a margin in shares of the picture's height."""
    full = cv2.resize(mask, (video.size.width, video.size.height), interpolation=cv2.INTER_LINEAR)
    radius = max(1, round(margin * video.size.height))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate((full > 40).astype(np.uint8), disc) > 0


def _masked_median(
    stack: UInt8[np.ndarray, "sample height width 3"], hidden: Bool[np.ndarray, "sample height width"]
) -> tuple[UInt8[np.ndarray, "height width 3"], Bool[np.ndarray, "height width"]]:
    """Median of the samples that are not hidden; hidden ones are pushed to the end of the sorted order."""
    stack[hidden] = 255
    count = (~hidden).sum(0)
    stack.sort(axis=0)
    middle = (np.maximum(count - 1, 0) // 2)[None, ..., None]
    median = np.take_along_axis(stack, np.broadcast_to(middle, (1, *stack.shape[1:])), 0)[0]
    return median, count >= min(FEWEST_SHOWN, len(stack))
