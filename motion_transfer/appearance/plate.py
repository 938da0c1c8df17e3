"""The clean background plate: a masked median of frames over time; of their gradients where somebody stood for long."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.appearance.gradient_median import without_steps
from motion_transfer.appearance.inpainting import Inpainter, inpaint_holes
from motion_transfer.appearance.masked_median import masked_median, masked_median_difference
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.rendering.outlines import disc

MEMORY_BYTES = 400_000_000
MIN_SAMPLES, MAX_SAMPLES = 5, 40
REVEALING = 0.25  # of the samples are frames that show what the others hide
CANDIDATES = 600  # frames that are looked at for these
COARSE_PX = 160  # the longer side of the masks they are judged by
HIDDEN_LONG = 0.5  # of the samples; what is hidden less has many that show it, and keeps its plain median
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


def build_plate(
    video: Video,
    masks: Masks,
    chosen: Sequence[int],
    inpainter: Inpainter,
    advance: Callable[[], None] = lambda: None,
) -> Plate:
    """Take the median, over some frames, of the pixels beside the person; inpaint what no frame shows.

    Where the person hides most of them, the median is that of gradients (`gradient_median`).

    Args:
        masks: of the person, one for each frame; those of the chosen ones are read.
        chosen: numbers of the frames, in order, such as `sampled_frames` gives.
        advance: called as often as `plate_steps` says, and then while gradients are integrated and holes
            filled; what it raises ends the work.

    Raises:
        ValueError: no pixel of the background is ever shown.
    """
    height, width = video.size.height, video.size.width
    stack = np.empty((len(chosen), height, width, 3), np.uint8)
    hidden = np.empty(stack.shape[:3], bool)
    for row, (index, frame) in enumerate(video.pick(chosen)):
        stack[row], hidden[row] = frame, person_region(masks[index], video.size, MARGIN)
        advance()
    rgb = np.empty((height, width, 3), np.uint8)
    down = np.empty((height - 1, width, 3), np.float16)
    right = np.empty((height, width - 1, 3), np.float16)
    for top in range(0, height, STRIP_ROWS):
        strip, below = slice(top, top + STRIP_ROWS), slice(top + 1, top + STRIP_ROWS + 1)
        here, away = stack[:, strip], hidden[:, strip]
        rgb[strip] = masked_median(here, away)
        right[strip] = masked_median_difference(here[:, :, :-1], here[:, :, 1:], away[:, :, :-1] | away[:, :, 1:])
        rows = len(down[strip])
        down[strip] = masked_median_difference(here[:, :rows], stack[:, below], away[:, :rows] | hidden[:, below])
        advance()
    rgb = without_steps(rgb, down, right, hidden.mean(0) < HIDDEN_LONG, advance)
    known = (~hidden).sum(0) >= min(MIN_SHOWN, len(stack))
    return Plate(rgb=inpaint_holes(rgb, known, inpainter, advance), known=known)


def plate_steps(video: Video) -> int:
    """How often `build_plate` calls `advance` before it fills holes: for every sampled frame and every strip."""
    return sample_count(video) + -(-video.size.height // STRIP_ROWS)


def sample_count(video: Video) -> int:
    """How many frames a plate is made of: as many as fit into the memory."""
    fitting = int(np.clip(MEMORY_BYTES // (video.size.height * video.size.width * 4), MIN_SAMPLES, MAX_SAMPLES))
    return min(len(video), fitting)


def sampled_frames(video: Video, masks: Masks) -> list[int]:
    """The frames that a plate is made of, in order: most are spread through the clip, and some reveal what these hide.

    Who hardly leaves a place may have shown what is behind for a few frames only, each of which is chosen for the most
    that it adds.
    """
    count = sample_count(video)
    if count == len(video):
        return list(range(count))
    chosen = evenly_spaced(len(video), count - round(REVEALING * count))
    candidates = sorted({*chosen, *evenly_spaced(len(video), CANDIDATES)})
    scale = COARSE_PX / max(video.size.height, video.size.width)
    coarse = ImageSize(height=max(1, round(scale * video.size.height)), width=max(1, round(scale * video.size.width)))
    hidden = np.stack([person_region(masks[frame], coarse, MARGIN) for frame in candidates])
    rows = [candidates.index(frame) for frame in chosen]
    shown = (~hidden[rows]).sum(0)
    while len(rows) < count:
        added = ((shown < MIN_SHOWN) & ~hidden).sum((1, 2))
        added[rows] = -1
        rows.append(int(added.argmax()))
        shown += ~hidden[rows[-1]]
    return sorted(candidates[row] for row in rows)


def person_region(
    mask: UInt8[np.ndarray, "mask_height mask_width"], size: ImageSize, margin: float
) -> Bool[np.ndarray, "height width"]:
    """Pixels of a picture of this size that the person may hide; the margin is a fraction of the picture's height."""
    full = cv2.resize(mask, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    radius = max(1, round(margin * size.height))
    return cv2.dilate((full > PERSON_LEVEL).astype(np.uint8), disc(radius)) > 0
