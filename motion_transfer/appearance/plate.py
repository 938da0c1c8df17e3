"""The clean background plate: the picture without the person, as a masked median over time."""

from collections.abc import Callable

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.appearance.inpainting import Inpainter, inpaint_holes
from motion_transfer.appearance.masked_median import masked_median
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.rendering.outlines import disc

MEMORY_BYTES = 400_000_000
MIN_SAMPLES, MAX_SAMPLES = 5, 40
STRIP_ROWS = 32  # the median is taken strip by strip, so that its copy of the samples stays small
MARGIN = 0.012  # of the picture's height, around the person's mask; hair and hands reach out of it
PERSON_LEVEL = 40  # of 255, above which a soft mask counts as the person
MIN_SHOWN = 3  # samples that must show a pixel: fewer may be failures of the mask


@value
class Plate:
    """The background.

    Attributes:
        rgb: the picture without the person.
        known: pixels that some frame shows; the others are inpainted.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    known: Bool[np.ndarray, "height width"]


def build_plate(video: Video, masks: Masks, inpainter: Inpainter, advance: Callable[[], None] = lambda: None) -> Plate:
    """Take the median, over frames spread through the clip, of the pixels beside the person; inpaint the others.

    Args:
        masks: of the person, one for each frame; those of `sampled_frames` are read.
        advance: called as often as `plate_steps` says, and then by the inpainter; what it raises ends the work.

    Raises:
        ValueError: no pixel of the background is ever shown.
    """
    height, width = video.size.height, video.size.width
    chosen = sampled_frames(video)
    stack = np.empty((len(chosen), height, width, 3), np.uint8)
    hidden = np.empty(stack.shape[:3], bool)
    for row, (index, frame) in enumerate(video.pick(chosen)):
        stack[row], hidden[row] = frame, person_region(masks[index], video.size, MARGIN)
        advance()
    rgb = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP_ROWS):
        strip = slice(top, top + STRIP_ROWS)
        rgb[strip] = masked_median(stack[:, strip], hidden[:, strip])
        advance()
    known = (~hidden).sum(0) >= min(MIN_SHOWN, len(stack))
    return Plate(rgb=inpaint_holes(rgb, known, inpainter, advance), known=known)


def plate_steps(video: Video) -> int:
    """How often `build_plate` calls `advance` before it fills holes: for every sampled frame and every strip."""
    return len(sampled_frames(video)) + -(-video.size.height // STRIP_ROWS)


def sampled_frames(video: Video) -> list[int]:
    """The frames that a plate is made of, in order: as many as fit into the memory, spread through the clip."""
    samples = int(np.clip(MEMORY_BYTES // (video.size.height * video.size.width * 4), MIN_SAMPLES, MAX_SAMPLES))
    return evenly_spaced(len(video), samples)


def person_region(
    mask: UInt8[np.ndarray, "mask_height mask_width"], size: ImageSize, margin: float
) -> Bool[np.ndarray, "height width"]:
    """Pixels of a picture of this size that the person may hide; the margin is a fraction of the picture's height."""
    full = cv2.resize(mask, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    radius = max(1, round(margin * size.height))
    return cv2.dilate((full > PERSON_LEVEL).astype(np.uint8), disc(radius)) > 0
