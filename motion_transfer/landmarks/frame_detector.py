"""The seam of the landmark detector: one RGB picture -> the landmarks of one person in it.

An adapter is one class that satisfies `FrameDetector`; everything that concerns a whole clip is in `PersonTracker`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.landmarks import LandmarkLayout
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.bounding_box import BoundingBox


@value
class FrameDetection:
    """The landmarks of one person in one picture.

    Attributes:
        xy: fractions of the picture's width and height (x right, y down); outside [0, 1] beside the picture.
        confidence: in [0, 1].
        xyz_m: metres relative to the middle of the hips, in camera axes (x right, y down, z forward).
        mask: 1 on the person and 0 elsewhere, over the whole picture at any resolution; None where none is made.
    """

    xy: Float[np.ndarray, "landmark 2"]
    confidence: Float[np.ndarray, "landmark"]
    xyz_m: Float[np.ndarray, "landmark 3"]
    mask: Float[np.ndarray, "height width"] | None

    def box(self) -> BoundingBox:
        """The smallest box around the landmarks."""
        (left, top), (right, bottom) = self.xy.min(0), self.xy.max(0)
        return BoundingBox(left=float(left), top=float(top), right=float(right), bottom=float(bottom))


DetectorSession = Callable[[Frame], FrameDetection | None]  # None where nobody is found


@runtime_checkable
class FrameDetector(Protocol):
    """A landmark detector for single pictures or for the frames of one shot."""

    @property
    def layout(self) -> LandmarkLayout:
        """The landmarks that it gives, in order, and its bias."""
        ...

    def open(self, *, tracking: bool) -> AbstractContextManager[DetectorSession]:
        """Open a session, which is called with one picture after another.

        Args:
            tracking: the pictures are consecutive frames of one shot, and masks are wanted; otherwise the pictures are
                unrelated, and neither masks nor a memory of earlier pictures are.
        """
        ...


@runtime_checkable
class Segmenter(Protocol):
    """Gives the mask of a detected person, for detectors that give none."""

    def __call__(self, picture: Frame, detection: FrameDetection) -> Float[np.ndarray, "height width"]:
        """A mask as in `FrameDetection`."""
        ...
