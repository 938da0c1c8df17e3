"""Cuts inside a clip: the detector starts anew behind them, and smoothing must not cross them.

A cut to another place changes the colours of the whole picture. A jump cut within a scene leaves the room as it is and
moves the person only; it shows as a frame in which far more pixels change than in those around it.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float

from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.landmarks.resizing import downscaled

SMALL = ImageSize(height=64, width=64)
HISTOGRAM_BINS = 8  # of each channel
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
        self._changed: list[float] = []
        self._repeated: list[bool] = []

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        small = downscaled(frame, SMALL)
        histogram = cv2.calcHist([small], [0, 1, 2], None, [HISTOGRAM_BINS] * 3, [0, 256] * 3).ravel()
        colours = histogram / (SMALL.height * SMALL.width)
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
        cuts = (i for i, fraction in enumerate(self._recoloured) if fraction > MIN_RECOLOURED or i in jumping)
        return (0, *(i + 1 for i in cuts))


def _spikes(changed: Float[np.ndarray, "frame"]) -> Bool[np.ndarray, "frame"]:
    """Frames in which far more pixels change than shortly before and after."""
    padded = np.pad(changed, NEIGHBOURS)
    shifts = [shift for shift in range(2 * NEIGHBOURS + 1) if shift != NEIGHBOURS]
    around = np.max([padded[shift : shift + len(changed)] for shift in shifts], axis=0)
    return (changed > MIN_CHANGED) & (changed > MIN_CHANGED_RATIO * around)
