"""Cuts inside a clip: smoothing must not bleed through them."""

import cv2
import numpy as np

BINS = 8
THRESHOLD = 0.5  # share of the pixels whose colour bin changed from one frame to the next


class ShotFinder:
    """Fed frame by frame, says whether a frame starts a shot: the colours of the whole picture change at once."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None

    def __call__(self, frame: np.ndarray) -> bool:
        """Whether this frame starts a shot; the first one always does."""
        small = cv2.resize(frame, (96, 96), interpolation=cv2.INTER_AREA)
        histogram = cv2.calcHist([small], [0, 1, 2], None, [BINS] * 3, [0, 256] * 3).ravel() / small[..., 0].size
        before, self._before = self._before, histogram
        return before is None or float(np.abs(histogram - before).sum()) / 2 > THRESHOLD
