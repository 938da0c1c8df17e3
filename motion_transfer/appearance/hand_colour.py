"""What is no hand, by its colour: skin or glove is of one colour, and fingers are as thin as a fit is exact."""

import numpy as np
from jaxtyping import Bool, Float

APART = 0.3  # distance in colours of [0, 1] from a hand's own colour at which something else is seen
TINT_APART = 0.07  # the same in shares of red, green and blue: light and shadow change these hardly at all
DARK = 0.15  # sum of the channels below which the tint is noise


def is_no_hand(
    rgb: Float[np.ndarray, "*point 3"], hand_rgb: Float[np.ndarray, "3"], apart: float = APART
) -> Bool[np.ndarray, "*point"]:
    """Which colours, in [0, 1], are not those of a hand of this colour: a sleeve, a window, grass between fingers.

    Args:
        hand_rgb: median over the hand.
        apart: distance in colours from which they are not, whatever their tint.
    """
    total = rgb.sum(-1, keepdims=True)
    tint = rgb / np.maximum(total, DARK)
    own = hand_rgb / max(float(hand_rgb.sum()), DARK)
    tinted = (np.linalg.norm(tint - own, axis=-1) > TINT_APART) & (total[..., 0] > DARK)
    return (np.linalg.norm(rgb - hand_rgb, axis=-1) > apart) | tinted
