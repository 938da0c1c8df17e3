"""Cuts inside a clip: the detector starts anew behind them, and smoothing must not cross them.

A cut to another place changes the colours of the whole picture. A crossfade does so over some frames, between two
stretches whose colours stay. A jump cut within a scene leaves the room as it is and moves the person only; it shows as
a frame in which far more pixels change than in those around it.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float

from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.landmarks.resizing import downscaled

SMALL = ImageSize(height=64, width=64)
HISTOGRAM_BINS = 8  # of each channel
FADING = ImageSize(height=12, width=12)  # of the pictures that are compared across a crossfade
FADING_FRAMES = (4, 8, 16, 32, 64)  # that it takes at most; even
OTHER = (40, 0.6)  # levels of any channel, and the share of pixels that change by more from one place to another
SAME = (20, 0.35)  # the same within one place, at the most, where somebody dances
ALIKE = 0.7  # correlation of the brightness in one place under two lights
MIN_RECOLOURED = 0.5  # fraction of the pixels whose colour bin changed, at a cut to another place
MIN_LEVEL_CHANGE = 60.0  # levels of any channel by which a pixel must change to count as changed
MIN_CHANGED = 0.02  # fraction of the pixels, at a jump cut
MIN_CHANGED_RATIO = 4.0  # against any frame around; dances stay below 2.5, a jump cut had 5.5
NEIGHBOURS = 2  # frames before and after that a frame is compared with
MAX_REPEATED_CHANGE = 0.05  # mean levels; below, a frame only repeats the one before, as after a frame rate conversion


class CutDetector:
    """Takes the frames of a clip one by one, then gives the frames that its shots start at."""

    def __init__(self) -> None:
        self._before: tuple[np.ndarray, np.ndarray] | None = None
        self._recoloured: list[float] = []
        self._fading: list[Frame] = []
        self._changed: list[float] = []
        self._repeated: list[bool] = []

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        small = downscaled(frame, SMALL)
        histogram = cv2.calcHist([small], [0, 1, 2], None, [HISTOGRAM_BINS] * 3, [0, 256] * 3).ravel()
        colours = histogram / (SMALL.height * SMALL.width)
        self._fading.append(downscaled(small, FADING))
        picture = small.astype(np.float32)
        before, self._before = self._before, (picture, colours)
        if before is not None:
            change = np.abs(picture - before[0])
            self._recoloured.append(float(np.abs(colours - before[1]).sum()) / 2)
            self._changed.append(float((change.max(-1) > MIN_LEVEL_CHANGE).mean()))
            self._repeated.append(float(change.mean()) < MAX_REPEATED_CHANGE)

    def shot_starts(self) -> tuple[int, ...]:
        """The first frame of every shot; that of the first one is 0."""
        moving = np.flatnonzero(~np.array(self._repeated, bool))
        jumping = set(moving[_spikes(np.array(self._changed)[moving])].tolist())
        cuts = {i + 1 for i, fraction in enumerate(self._recoloured) if fraction > MIN_RECOLOURED or i in jumping}
        fades = (middle for first, after, middle in _crossfades(self._fading) if cuts.isdisjoint(range(first, after)))
        return (0, *sorted({*cuts, *fades}))


def _crossfades(frames: Sequence[Frame]) -> Iterator[tuple[int, int, int]]:
    """The first frame of each crossfade, the one after its last, and the one in its middle; the shortest ones first.

    Of frames that are as far apart as a crossfade may take, those count that show different places, while what is
    before the first and after the second stays for half as long.
    """
    found = np.zeros(len(frames), bool)
    for length in FADING_FRAMES:
        half = length // 2
        stays = [
            _changed(before, after, SAME[0]) < SAME[1] for before, after in zip(frames, frames[half:], strict=False)
        ]
        for first in range(half, len(frames) - length - half):
            last = first + length
            if not (stays[first - half] and stays[last]) or found[first : last + 1].any():
                continue
            if _changed(frames[first], frames[last], OTHER[0]) > OTHER[1] and not _alike(frames[first], frames[last]):
                found[first : last + 1] = True
                yield first, last + 1, first + half


def _changed(before: Frame, after: Frame, levels: int) -> float:
    """The share of the pixels that change by more than so many levels."""
    return float((cv2.absdiff(before, after).max(-1) > levels).mean())


def _alike(before: Frame, after: Frame) -> bool:
    """Whether the brightness is laid out in the same way."""
    one, two = (frame.mean(-1) - frame.mean() for frame in (before, after))
    return bool((one * two).sum() > ALIKE * np.sqrt((one**2).sum() * (two**2).sum()))


def _spikes(changed: Float[np.ndarray, "frame"]) -> Bool[np.ndarray, "frame"]:
    """Frames in which far more pixels change than shortly before and after."""
    padded = np.pad(changed, NEIGHBOURS)
    shifts = [shift for shift in range(2 * NEIGHBOURS + 1) if shift != NEIGHBOURS]
    around = np.max([padded[shift : shift + len(changed)] for shift in shifts], axis=0)
    return (changed > MIN_CHANGED) & (changed > MIN_CHANGED_RATIO * around)
