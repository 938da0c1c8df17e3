"""A video as a stream of frames: opened again for every pass, never held in memory."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from motion_transfer.domain.value import value

MOST_FPS = 100_000
MOST_PX = 1 << 16  # of a picture's side

Frame = UInt8[np.ndarray, "height width 3"]


@value
class ImageSize:
    """Height and width of a picture in pixels.

    Raises:
        ValueError: one is not positive, or larger than that of any picture.
    """

    height: int
    width: int

    def __post_init__(self) -> None:
        if not (0 < self.height <= MOST_PX and 0 < self.width <= MOST_PX):
            raise ValueError(
                f"expected a height and width from 1 to {MOST_PX} pixels, got {self.height} and {self.width}"
            )

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def check_rate(fps: Fraction) -> None:
    """Refuse a frame rate that is none.

    Raises:
        ValueError: it is not above 0, or above any camera's.
    """
    if not 0 < fps <= MOST_FPS:
        raise ValueError(f"expected a frame rate above 0 and up to {MOST_FPS}, got {float(fps):g}; correct its source")


@value
class Cut:
    """A stretch of a file's own clock, in seconds, that is left out of a video."""

    start_s: Fraction
    stop_s: Fraction


@value
class Video:
    """Frames in RGB, already upright (rotation metadata applied) and at a constant rate.

    Attributes:
        open_frames: starts a new pass over all frames from the first one.
        size: of every frame.
        fps: frames per second, exact (29.97 is 30000/1001).
        frame_count: the number of frames that a pass yields.
        audio_source: the file whose audio track belongs to the video; None where there is no sound.
        notes: what the reader had to mend (resampled, truncated), each in one sentence for the report.
        cuts: what is left out of the file's clock, in order; of the sound the same is left out.
    """

    open_frames: Callable[[], Iterator[np.ndarray]]
    size: ImageSize
    fps: Fraction
    frame_count: int
    audio_source: Path | None = None
    notes: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()

    def __iter__(self) -> Iterator[np.ndarray]:
        return self.open_frames()

    def pick(self, indices: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
        """One pass that yields only the frames of the given numbers, in order, and ends after the last one."""
        wanted = set(indices)
        last = max(wanted, default=-1)
        for index, frame in enumerate(self.open_frames()):
            if index in wanted:
                yield index, frame
            if index >= last:
                return

    def __len__(self) -> int:
        return self.frame_count
