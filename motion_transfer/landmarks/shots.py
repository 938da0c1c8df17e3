"""Cuts inside a clip: the detector starts anew behind them, and smoothing must not bleed through.

A cut to another place changes the colours of the whole picture. A jump cut within a scene leaves the room as it is and
moves the person only; what gives it away is that far more pixels change in this one frame than in those around it.
"""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.resizing import downscaled
from motion_transfer.prefetch import prefetch

SMALL_PX = 64
BINS = 8
RECOLOURED = 0.5  # share of the pixels whose colour bin changed from one frame to the next
CHANGE = 60.0  # levels of any channel by which a pixel must change to count
LEAST_CHANGED = 0.02  # share of the pixels
TIMES_AS_MANY = 4.0  # as in any frame around; measured: at most 2.5 in dances, 5.5 at a jump cut
AROUND = 2  # frames before and after
SAME = 0.05  # mean change of a frame that only repeats the one before, as converters of frame rates make them


class ShotFinder:
    """Watches the frames of a clip and then knows where its shots start."""

    def __init__(self) -> None:
        self._before: tuple[np.ndarray, np.ndarray] | None = None
        self._recoloured: list[float] = []
        self._changed: list[float] = []
        self._repeated: list[bool] = []

    def watch(self, video: Video) -> Video:
        """The same video, to be passed over once."""

        def frames() -> Iterator[np.ndarray]:
            for frame in prefetch(video.open_frames(), depth=2, threads=1):
                self.add(frame)
                yield frame

        return replace(video, open_frames=frames)

    def add(self, frame: np.ndarray) -> None:
        """Watch the next frame."""
        small = downscaled(frame, ImageSize(height=SMALL_PX, width=SMALL_PX))
        colours = cv2.calcHist([small], [0, 1, 2], None, [BINS] * 3, [0, 256] * 3).ravel() / SMALL_PX**2
        picture = small.astype(np.float32)
        before, self._before = self._before, (picture, colours)
        if before is not None:
            change = np.abs(picture - before[0])
            self._recoloured.append(float(np.abs(colours - before[1]).sum()) / 2)
            self._changed.append(float((change.max(-1) > CHANGE).mean()))
            self._repeated.append(float(change.mean()) < SAME)

    def starts(self) -> tuple[int, ...]:
        """First frame of every shot; the first one is 0."""
        moving = [i for i, repeated in enumerate(self._repeated) if not repeated]
        jumps = _spikes(np.array(self._changed)[moving]) if moving else np.zeros(0, bool)
        jumping = {i for i, jumps_here in zip(moving, jumps, strict=True) if jumps_here}
        cuts = (i for i, share in enumerate(self._recoloured) if share > RECOLOURED or i in jumping)
        return (0, *(i + 1 for i in cuts))


def _spikes(changed: np.ndarray) -> np.ndarray:
    """Where far more pixels change than shortly before and after."""
    padded = np.pad(changed, AROUND)
    shifts = [shift for shift in range(2 * AROUND + 1) if shift != AROUND]
    around = np.max([padded[shift : shift + len(changed)] for shift in shifts], axis=0)
    return (changed > LEAST_CHANGED) & (changed > TIMES_AS_MANY * around)
