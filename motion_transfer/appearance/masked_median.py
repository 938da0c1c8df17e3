"""Samples of which some are hidden -> the median of those that show."""

import numpy as np
from jaxtyping import Bool, UInt8


def masked_median(
    samples: UInt8[np.ndarray, "sample *pixel 3"], hidden: Bool[np.ndarray, "sample *pixel"]
) -> UInt8[np.ndarray, "*pixel 3"]:
    """Median over the samples that are not hidden, channel by channel; the lower one of two middle samples.

    Hidden samples are pushed to the end of the sorted order. Where all are hidden the result is white.
    """
    ordered = np.where(hidden[..., None], np.uint8(255), samples)
    ordered.sort(axis=0)
    middle = (np.maximum((~hidden).sum(0) - 1, 0) // 2)[None, ..., None]
    return np.take_along_axis(ordered, np.broadcast_to(middle, (1, *samples.shape[1:])), 0)[0]
