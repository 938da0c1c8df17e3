"""The seam of the face detector: one RGB picture -> whether it shows a face."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from motion_transfer.domain.video import Frame

FaceSession = Callable[[Frame], bool]


@runtime_checkable
class FaceDetector(Protocol):
    """Finds faces in single pictures, which are unrelated."""

    def open(self) -> AbstractContextManager[FaceSession]:
        """Open a session, which is called with one picture after another."""
        ...
