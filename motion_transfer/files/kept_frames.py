"""Frames put aside on disk, without loss, so that a long clip is never held in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from motion_transfer.domain.video import Frame, ImageSize, Video

FAST = 1  # zlib's level: larger files, several times as quick


@dataclass
class KeptFrames:
    """Frames by their number, one file each, in a folder of their own.

    Args:
        folder: is made if it is not there; whoever made it removes it.
    """

    folder: Path
    _numbers: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def keep(self, number: int, frame: Frame) -> None:
        """Put a frame aside."""
        Image.fromarray(np.ascontiguousarray(frame)).save(self._path(number), compress_level=FAST)
        self._numbers.add(number)

    def __getitem__(self, number: int) -> Frame:
        """The frame of this number.

        Raises:
            KeyError: none was kept.
        """
        if number not in self._numbers:
            raise KeyError(number)
        return np.array(Image.open(self._path(number)))

    def __len__(self) -> int:
        return len(self._numbers)

    def video(self, fps: Fraction) -> Video:
        """All of them in the order of their numbers.

        Raises:
            ValueError: there is none.
        """
        if not self._numbers:
            raise ValueError(f"expected frames in {self.folder}, found none; keep some before they are watched")
        numbers = sorted(self._numbers)

        def frames() -> Iterator[np.ndarray]:
            return (self[number] for number in numbers)

        height, width = self[numbers[0]].shape[:2]
        size = ImageSize(height=height, width=width)
        return Video(open_frames=frames, size=size, fps=fps, frame_count=len(numbers))

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08d}.png"
