"""Where the person found is suddenly somewhere else: the tracker lost one and took up another."""

import numpy as np
from jaxtyping import Bool, Float

FARTHEST = 0.75  # body heights; people who sprint or are cut a little later go less far, measured: at most 0.22
FASTEST = 6.0  # body heights a second


def find_leaps(
    xy_px: Float[np.ndarray, "frame landmark 2"], seen: Bool[np.ndarray, "frame"], fps: float
) -> dict[int, float]:
    """Numbers of the frames behind a leap, and its length in body heights."""
    if not seen.any():
        return {}
    numbers = np.flatnonzero(seen)
    middles, extents = xy_px[numbers].mean(1), np.ptp(xy_px[numbers], axis=1).max(1)
    lengths = np.linalg.norm(np.diff(middles, axis=0), axis=1) / max(float(np.median(extents)), 1.0)
    speeds = lengths * fps / np.diff(numbers)
    leaps = np.flatnonzero((lengths > FARTHEST) & (speeds > FASTEST))
    return {int(numbers[i + 1]): float(lengths[i]) for i in leaps}
