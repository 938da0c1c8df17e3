"""No seam where the texture stands in: it takes on the shade of the references beside it, and they pass into it."""

import cv2
import numpy as np
from jaxtyping import Float

from motion_transfer.references.sampling import Blend

CELL_PX = 8  # shades are compared on cells of so many pixels
WIDTH = 0.04  # over which a shade spreads, as a fraction of the picture's longer side
LEAST_SHARE = 0.05  # of a cell that references have to show
MOST = 48.0  # levels of 255: beyond that they differ in what they show, not in shade
SEAM = 0.012  # over which references pass into the texture, as a fraction of the picture's longer side
LEAST_SEAM_PX = 2.0  # below which the pixels themselves are as wide
LEAST_NEARBY = 0.03  # of the pixels around that references have to show
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


def feathered(found: Blend, body: Float[np.ndarray, "height width"]) -> Blend:
    """References whose share falls to nothing toward the places on the body that none of them shows.

    Args:
        body: 1 on the body; beside it there is no texture, and shares stay.
    """
    width = SEAM * max(body.shape)
    if width < LEAST_SEAM_PX:
        return found
    hole = ((found.share < 0.5) & (body > 0.5)).astype(np.uint8)
    hole = cv2.morphologyEx(hole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))  # single pixels need no seam
    if not hole.any():
        return found
    near = np.clip(cv2.distanceTransform(1 - hole, cv2.DIST_L2, 3) / np.float32(width), 0, 1)
    kept = 1 - body * (1 - near * near * (3 - 2 * near))
    return Blend(rgb=found.rgb * kept[..., None], alpha=found.alpha * kept, share=found.share * kept)


def alpha_nearby(found: Blend, side_px: int) -> Float[np.ndarray, "height width"]:
    """Mean alpha that the references show around each pixel, 1 where they show nothing."""
    side = max(3, side_px | 1)
    share, alpha = cv2.blur(found.share, (side, side)), cv2.blur(found.alpha, (side, side))
    return np.divide(alpha, share, out=np.ones_like(alpha), where=share > LEAST_NEARBY)


def _shrunk(values: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    return cv2.resize(values, cells, interpolation=cv2.INTER_AREA)
