"""Sampling: a reference's own colours and matte between its pixels."""

import numpy as np
from jaxtyping import Float

from motion_transfer.compiled import compiled
from motion_transfer.domain.value import value

Sampled = tuple[float, float, float, float]


@value
class Blend:
    """A person as references show it, colours in [0, 255], each pixel multiplied by the share that they have in it.

    Attributes:
        alpha: in [0, 1].
        share: 1 where references are believed, 0 where none is.
    """

    rgb: Float[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]
    share: Float[np.ndarray, "height width"]


@compiled
def cubic(t: float) -> tuple[float, float, float, float]:
    """Weights of the four samples around a place between the second and the third (Keys 1981, a = -1/2)."""
    return (
        ((1 - 0.5 * t) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((2 - 1.5 * t) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )


@compiled
def sample_at(foreground: np.ndarray, matte: np.ndarray, x: float, y: float) -> Sampled:
    """Red, green and blue, in [0, 255], by cubic interpolation, and alpha in [0, 1], linearly, at one place (x, y).

    Beyond the picture the pixels of its edge go on.
    """
    height, width = matte.shape
    # Pixel centres lie at +0.5.
    x = min(max(x - 0.5, 0.0), width - 1.0)
    y = min(max(y - 0.5, 0.0), height - 1.0)
    left, top = min(int(x), max(width - 2, 0)), min(int(y), max(height - 2, 0))
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    across, down = x - left, y - top
    red, green, blue = 0.0, 0.0, 0.0
    columns, rows = cubic(across), cubic(down)
    for i in range(4):
        row = min(max(top - 1 + i, 0), height - 1)
        for j in range(4):
            column = min(max(left - 1 + j, 0), width - 1)
            weight = rows[i] * columns[j]
            red += weight * foreground[row, column, 0]
            green += weight * foreground[row, column, 1]
            blue += weight * foreground[row, column, 2]
    upper = matte[top, left] * (1 - across) + matte[top, right] * across
    lower = matte[bottom, left] * (1 - across) + matte[bottom, right] * across
    alpha = (upper * (1 - down) + lower * down) / 255
    return min(max(red, 0.0), 255.0), min(max(green, 0.0), 255.0), min(max(blue, 0.0), 255.0), alpha
