"""Whether the faces that the true frames show are still found in a result."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float

from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.cutouts import Picture, cut_out
from motion_transfer.landmarks.face_detector import FaceSession

HEAD_RADIUS_M = 0.25  # of the square that is searched: a face fills about half of it
SEARCHED_PX = 256  # the square is enlarged to this side, so that a small face is found as well


@dataclass
class FaceScore:
    """Share of frames in which a face is found in the result, of those in which one is found in the truth.

    Args:
        shows_face: an open session of a face detector.
    """

    shows_face: FaceSession
    _true: int = field(default=0, init=False)
    _found: int = field(default=0, init=False)

    def add(
        self,
        painted: Frame,
        truth: Frame,
        painted_head_px: Float[np.ndarray, "4"],
        true_head_px: Float[np.ndarray, "4"],
    ) -> None:
        """Search one frame.

        Args:
            painted_head_px, true_head_px: left, top, right and bottom of the square around the head in either frame.
        """
        if self.shows_face(_head(truth, true_head_px)):
            self._true += 1
            self._found += self.shows_face(_head(painted, painted_head_px))

    def value(self) -> float:
        """In [0, 1]; NaN where the truth shows no face."""
        return self._found / self._true if self._true else float("nan")


def _head(frame: Frame, box_px: Float[np.ndarray, "4"]) -> Picture:
    cut = cut_out(frame, box_px)
    shrinks = max(cut.shape[:2]) > SEARCHED_PX
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut, (SEARCHED_PX, SEARCHED_PX), interpolation=interpolation))
