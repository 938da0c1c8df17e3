"""A masked median without steps: the median of the gradients, integrated (Weiss 2001).

Where other samples show a pixel than show its neighbour, as along the outline of somebody who stood there for long,
the medians of the two come from other moments and other light, and leave a step. A gradient is taken within one sample
and knows no such step.

Notation: m is the masked median, g the median of the gradients. The correction c minimizes |grad c - (g - grad m)|^2,
summed over the pairs of neighbours that some sample shows both; c = 0 where enough samples show a pixel. Its normal
equations are those of a net of springs.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float16, UInt8

from motion_transfer.appearance.spring_net import SpringNet


def without_steps(
    median: UInt8[np.ndarray, "height width 3"],
    down: Float16[np.ndarray, "row_pair width 3"],
    right: Float16[np.ndarray, "height column_pair 3"],
    shown: Bool[np.ndarray, "height width"],
    advance: Callable[[], None],
) -> UInt8[np.ndarray, "height width 3"]:
    """Give a median of samples the medians of their gradients.

    Args:
        down, right: differences of every pixel from the one above and the one left of it, in grey levels; NaN where no
            sample shows both.
        shown: pixels that enough samples show; they keep their values.
        advance: called at every step of the search; what it raises ends it.
    """
    known_down, known_right = (np.isfinite(pairs[..., 0]).astype(np.float32) for pairs in (down, right))
    net = SpringNet(known_down, known_right, ~shown)
    levelled = np.empty_like(median)
    for channel in range(3):
        values = median[..., channel].astype(np.float32)
        lacking_down = np.nan_to_num(down[..., channel] - np.diff(values, axis=0))
        lacking_right = np.nan_to_num(right[..., channel] - np.diff(values, axis=1))
        levelled[..., channel] = (values + net.relaxed(lacking_down, lacking_right, advance)).clip(0, 255).round()
    return levelled
