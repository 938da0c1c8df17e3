"""How much fine detail of the person a result keeps: blur gives less than the footage, noise more."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.masks import check_sizes

INSIDE_PX = 4  # from the outline, whose step against the background is no detail of the person


@dataclass
class DetailRatio:
    """Detail of a clip's result over that of the true frames, gathered frame by frame.

    The detail of a frame is the absolute Laplacian of its luminance (`cv2.Laplacian`, the kernel of four neighbours),
    summed over the person farther than 4 px inside the outline; `value` is the ratio of the sums over all frames.
    """

    _painted: float = 0.0
    _true: float = 0.0

    def add(self, painted: Frame, truth: Frame, person: Bool[np.ndarray, "height width"]) -> None:
        """Measure one frame.

        Raises:
            ValueError: the frames differ in size.
        """
        check_sizes(painted, truth)
        side = 2 * INSIDE_PX + 1
        inside = cv2.erode(person.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=[0]) > 0
        self._painted += float(_laplacian(painted)[inside].sum(dtype=np.float64))
        self._true += float(_laplacian(truth)[inside].sum(dtype=np.float64))

    def value(self) -> float:
        """1 for as much detail as the footage has; NaN where no person, or a person without any detail, was seen."""
        return self._painted / self._true if self._true > 0 else float("nan")


def _laplacian(frame: Frame) -> Float[np.ndarray, "height width"]:
    return np.abs(cv2.Laplacian(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
