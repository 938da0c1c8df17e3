"""Motion-compensated flicker: the change between consecutive frames that motion does not explain."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.masks import Mask, check_sizes, mask_weight

FLOW_MARGIN_PX = 48  # around the mask, so that flow at its rim is estimated from both sides
SMALLEST_FLOW_PX = 64  # optical flow needs a few octaves; smaller pictures are padded


def flicker(
    previous: Frame,
    current: Frame,
    true_previous: Frame | None = None,
    true_current: Frame | None = None,
    mask: Mask | None = None,
) -> float:
    """Mean absolute change (0-255) between two consecutive frames that motion does not explain.

    The previous frame is warped onto the current one by dense inverse search flow (Kroeger et al., "Fast optical flow
    using dense inverse search", 2016) and subtracted; a plain difference would mostly show the motion itself. The flow
    is that of the true frames where they are given, so that a prediction cannot explain its flicker as motion. True
    footage does not score 0 (noise, occlusion, flow errors) and blur lowers the score: compare with that of the truth.

    Args:
        mask: where to measure, in the current frame; pixels whose origin lies outside the picture never count.

    Returns:
        NaN where nothing is left to measure.

    Raises:
        ValueError: the frames differ in size, or only one of the true frames is given.
    """
    compensated = MotionCompensation.estimate(previous, current, true_previous, true_current, mask)
    return compensated.difference(previous, current)


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionCompensation:
    """Where each pixel of a region of the current frame comes from in the previous frame.

    Attributes:
        rows, columns: the region.
        weight: of each pixel; 0 where its origin lies outside the picture.
    """

    rows: slice
    columns: slice
    from_x_px: Float[np.ndarray, "height width"]
    from_y_px: Float[np.ndarray, "height width"]
    weight: Float[np.ndarray, "height width"]

    @staticmethod
    def estimate(
        previous: Frame, current: Frame, true_previous: Frame | None, true_current: Frame | None, mask: Mask | None
    ) -> "MotionCompensation":
        """Estimate the optical flow around the mask, from the true frames where they are given; see `flicker`."""
        if (true_previous is None) != (true_current is None):
            raise ValueError("expected both true frames or neither, got one; pass the true frame of each prediction")
        seen_before = previous if true_previous is None else true_previous
        seen = current if true_current is None else true_current
        for frame in (current, seen_before, seen):
            check_sizes(previous, frame)
        height, width = current.shape[:2]
        weight = np.ones((height, width), np.float32) if mask is None else mask_weight(mask, current)
        rows, columns = _around(weight.any(1)), _around(weight.any(0))
        weight = weight[rows, columns]
        flow = (
            _flow(seen[rows, columns], seen_before[rows, columns]) if weight.size else np.zeros((0, 0, 2), np.float32)
        )
        x = flow[..., 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
        y = flow[..., 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        return MotionCompensation(rows=rows, columns=columns, from_x_px=x, from_y_px=y, weight=weight * inside)

    def difference(self, previous: Frame, current: Frame) -> float:
        """Mean absolute difference of the current frame from the previous one moved onto it; NaN without weight."""
        total = float(self.weight.sum(dtype=np.float64))
        if total <= 0:
            return float("nan")
        warped = cv2.remap(previous, self.from_x_px, self.from_y_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        change = np.abs(warped.astype(np.float32) - current[self.rows, self.columns]).mean(-1)
        return float((change * self.weight).sum(dtype=np.float64)) / total


def _around(occupied: Bool[np.ndarray, "length"]) -> slice:
    """The occupied range with a margin, within bounds."""
    index = np.flatnonzero(occupied)
    if not len(index):
        return slice(0, 0)
    return slice(max(int(index[0]) - FLOW_MARGIN_PX, 0), min(int(index[-1]) + 1 + FLOW_MARGIN_PX, len(occupied)))


def _flow(at: Frame, to: Frame) -> Float[np.ndarray, "height width 2"]:
    """Displacement in pixels, for each pixel of `at`, to the same thing in `to`."""
    height, width = at.shape[:2]
    below, beside = max(SMALLEST_FLOW_PX - height, 0), max(SMALLEST_FLOW_PX - width, 0)
    grey = [
        cv2.copyMakeBorder(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 0, below, 0, beside, cv2.BORDER_REPLICATE)
        for frame in (at, to)
    ]
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return estimator.calc(grey[0], grey[1], np.zeros((*grey[0].shape, 2), np.float32))[:height, :width]
