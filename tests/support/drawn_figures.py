"""Red figures on grey frames, and a frame-wise detector that finds them as the real one finds people: one at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from motion_transfer.domain.landmarks import LandmarkLayout
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection

SIZE = ImageSize(height=200, width=300)
FPS = Fraction(25)
FIGURE_M = 1.5
LAYOUT = LandmarkLayout.symmetric(
    ("right_shoulder", "left_shoulder", "right_ankle", "left_ankle"), {"ankle": (0.0, 0.02, 0.0)}
)


@value
class Figure:
    """A person as a rectangle a third as wide as high; its shade distinguishes it from others."""

    left: int
    top: int
    height: int
    shade: int = 0

    def corners_px(self) -> np.ndarray:
        """Where its landmarks are, in the order of `LAYOUT`: it faces the camera."""
        right, bottom = self.left + self.height // 3, self.top + self.height
        return np.array([(self.left, self.top), (right, self.top), (self.left, bottom), (right, bottom)], np.float32)


def drawn(figures: Sequence[Figure], *, background: int = 90) -> Frame:
    frame = np.full((SIZE.height, SIZE.width, 3), background, np.uint8)
    for one in figures:
        frame[one.top : one.top + one.height, one.left : one.left + one.height // 3] = (220, 20, one.shade)
    return frame


def clip_of(frames: Sequence[Frame]) -> Video:
    return Video(open_frames=lambda: iter(frames), size=SIZE, fps=FPS, frame_count=len(frames))


@dataclass
class FigureDetector:
    """Finds the figure with most pixels; its landmarks are the corners of its rectangle.

    Attributes:
        sessions: whether each session was tracking, in the order in which they were opened.
        still_open: sessions that were not closed.
    """

    confidence: float = 0.9
    gives_masks: bool = True
    layout: LandmarkLayout = LAYOUT
    sessions: list[bool] = field(default_factory=list)
    still_open: int = 0

    @contextmanager
    def open(self, *, tracking: bool) -> Iterator[DetectorSession]:
        self.sessions.append(tracking)
        self.still_open += 1
        try:
            yield self._detect
        finally:
            self.still_open -= 1

    def _detect(self, picture: Frame) -> FrameDetection | None:
        red = (picture[..., 0] > 180) & (picture[..., 1] < 80)
        if not red.any():
            return None
        person = red & (picture[..., 2] == np.bincount(picture[..., 2][red]).argmax())
        rows, columns = np.nonzero(person)
        edges = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float32)
        left, top, right, bottom = edges / np.array([red.shape[1], red.shape[0]] * 2, np.float32)
        metres = FIGURE_M * np.array([(-1 / 6, -0.5, 0), (1 / 6, -0.5, 0), (-1 / 6, 0.5, 0), (1 / 6, 0.5, 0)])
        return FrameDetection(
            xy=np.array([(left, top), (right, top), (left, bottom), (right, bottom)], np.float32),
            confidence=np.full(4, self.confidence, np.float32),
            xyz_m=metres.astype(np.float32),
            mask=person.astype(np.float32) if self.gives_masks else None,
        )
