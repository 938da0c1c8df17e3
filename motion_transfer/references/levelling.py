"""Levelling: the texture takes on the shade of the references beside it, so that no seam shows where it stands in."""

import cv2
import numpy as np
from jaxtyping import Float

from motion_transfer.references.sampling import Blend

CELL_PX = 8  # shades are compared on cells of so many pixels
WIDTH = 0.04  # over which a shade spreads, as a fraction of the picture's longer side
LEAST_SHARE = 0.05  # of a cell that references have to show
MOST = 48.0  # levels of 255: beyond that they differ in what they show, not in shade
FADE = 0.01  # share of references nearby below which their shade is not followed


def levelled(
    texture: Float[np.ndarray, "height width 3"], found: Blend, body: Float[np.ndarray, "height width"]
) -> Float[np.ndarray, "height width 3"]:
    """Add to the texture what the references differ from it, blurred, where both are shown.

    Args:
        texture: colours in [0, 255].
        body: 1 on the body, where the texture is.
    """
    height, width = body.shape
    cells = (max(1, round(width / CELL_PX)), max(1, round(height / CELL_PX)))
    both = found.share * body
    shown = _shrunk(both, cells)
    if not (shown > LEAST_SHARE).any():
        return texture
    apart = _shrunk(found.rgb * body[..., None] - both[..., None] * texture, cells)
    shade = (apart / np.maximum(shown, LEAST_SHARE)[..., None]).clip(-MOST, MOST)
    sigma = max(1.0, WIDTH * max(height, width) / CELL_PX)
    near = cv2.GaussianBlur(shown, (0, 0), sigma)
    spread = cv2.GaussianBlur(shade * shown[..., None], (0, 0), sigma) / (near + FADE)[..., None]
    return texture + cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)


def _shrunk(values: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    return cv2.resize(values, cells, interpolation=cv2.INTER_AREA)
