"""Identity switches: frames in which the tracker seems to have lost one person and to have taken up another."""

import numpy as np
from jaxtyping import Bool, Float

MAX_DISTANCE = 0.75  # body heights between two frames; sprints and small cuts stay below: 0.22 was the most measured
MAX_SPEED = 6.0  # body heights a second


def find_identity_switches(
    xy_px: Float[np.ndarray, "frame landmark 2"], seen: Bool[np.ndarray, "frame"], fps: float
) -> dict[int, float]:
    """Frames in which the person is suddenly somewhere else: index of the frame -> distance in body heights.

    Args:
        seen: frames in which a person was detected; the others are skipped.
    """
    if not seen.any():
        return {}
    frames = np.flatnonzero(seen)
    centres, extents = xy_px[frames].mean(1), np.ptp(xy_px[frames], axis=1).max(1)
    distances = np.linalg.norm(np.diff(centres, axis=0), axis=1) / max(float(np.median(extents)), 1.0)
    speeds = distances * fps / np.diff(frames)
    switches = np.flatnonzero((distances > MAX_DISTANCE) & (speeds > MAX_SPEED))
    return {int(frames[i + 1]): float(distances[i]) for i in switches}
