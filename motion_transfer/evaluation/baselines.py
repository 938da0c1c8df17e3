"""What a result must beat: the target's median picture, and the training frame whose pose is nearest."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from motion_transfer.domain.video import Frame
from motion_transfer.geometry.nearest import nearest
from motion_transfer.geometry.sampling import part_centres

MEDIAN_SAMPLES = 60  # more change the median little; 60 frames of 1080p are 370 MB
STRIP_ROWS = 32  # the median is taken strip by strip, so that its copy of the frames stays small


def temporal_median(frames: Iterable[Frame], frame_count: int, samples: int = MEDIAN_SAMPLES) -> Frame:
    """The per-pixel median of at most `samples` evenly spaced frames out of one pass over `frame_count`.

    Raises:
        ValueError: there is no frame, or a frame differs in size.
    """
    chosen = set(part_centres(frame_count, samples))
    kept = [frame.copy() for index, frame in enumerate(frames) if index in chosen]
    if not kept:
        raise ValueError("expected at least one training frame, got none; widen the training part of the clip")
    if any(frame.shape != kept[0].shape for frame in kept):
        raise ValueError("expected frames of one size, got several; resample the clip to one size first")
    median = np.empty_like(kept[0])
    for top in range(0, len(median), STRIP_ROWS):
        strip = np.stack([frame[top : top + STRIP_ROWS] for frame in kept])
        median[top : top + STRIP_ROWS] = np.median(strip, axis=0).round()
    return median


def nearest_neighbours(
    training_features: Float[Tensor, "training_frame feature"], features: Float[Tensor, "frame feature"]
) -> Int64[Tensor, "frame"]:
    """Index of the nearest training frame by Euclidean distance, the first one of several equally near.

    Raises:
        ValueError: there is no training frame.
    """
    if not len(training_features):
        raise ValueError("expected at least one training frame, got none; widen the training part of the clip")
    # Plain differences: the expanded product that is faster loses equal distances to rounding.
    return nearest(features, training_features).row
