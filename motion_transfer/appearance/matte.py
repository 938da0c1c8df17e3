"""Person mattes sharper than the detector's masks: they follow the picture's edges and stop where the plate begins."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from motion_transfer.rendering.nearest_pixel import nearest_pixel, without_rim

EDGE_RADIUS = 0.012  # of the person's height, of the guided filter (He et al. 2010)
EDGE_SOFTNESS = 1e-3  # its regularization, for colours in [0, 1]
GUIDED_RANGE = 0.2, 0.8  # of the guided mask that becomes alpha 0 to 1
DIFFERENCE_RANGE = 6.0, 26.0  # grey levels from the plate at which a pixel is surely background, surely person
CERTAIN = 0.9  # mask above which the detector is believed even where clothes look like the background
SOLID = 0.9  # alpha from which a pixel shows the person alone
RIM, AROUND = 0.2, 1.0  # of the filter's radius: where lens and codec mix colours, and over which those within are mean
LEAST_RADIUS = 3  # of a smaller person the rim is as wide as the person's own details
APART, CLOSE = 30.0, 70.0  # grey levels between person and plate: too few to tell a share by, and enough
OTHER = 25.0  # levels from any mixture of the two: something third, such as a sole or a strap
CONTRAST, HAZE = 1.15, 0.05  # shares are drawn apart and lowered, so that noise leaves neither holes nor haze
POSSIBLE, LIKELY, LIKELY_ALPHA = 0.15, 0.05, 0.35  # mask of pixels near the person; of those raised to that alpha


def refine_matte(
    frame: UInt8[np.ndarray, "height width 3"],
    mask: UInt8[np.ndarray, "mask_height mask_width"],
    plate: UInt8[np.ndarray, "height width 3"],
    known: UInt8[np.ndarray, "height width"],
) -> Float[np.ndarray, "height width"]:
    """Refine a soft mask to the alpha of the person in [0, 1].

    Args:
        mask: the detector's, at any resolution of the same view.
        plate: the clean background of the same view.
        known: 255 where the plate was seen and not inpainted.
    """
    height, width = frame.shape[:2]
    soft = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    rows = np.nonzero(soft.max(1) > 0.5)[0]
    person_px = float(rows[-1] - rows[0]) if len(rows) else height
    radius = max(2, round(EDGE_RADIUS * person_px))
    guided = cv2.ximgproc.guidedFilter(frame, soft, radius, EDGE_SOFTNESS * 255**2)
    alpha = _stretched(guided, GUIDED_RANGE)
    difference = np.abs(frame.astype(np.float32) - plate).max(2)
    difference = cv2.GaussianBlur(difference, (0, 0), max(0.6, radius / 6))
    differs = _stretched(difference, DIFFERENCE_RANGE)
    near = cv2.dilate((soft > POSSIBLE).astype(np.uint8), np.ones((2 * radius + 1,) * 2, np.uint8)) > 0
    # In the band around the mask the plate decides: hair and shoes that the mask misses come in, background goes out.
    band = near & (soft < CERTAIN) & (known > 0)
    alpha[band] = np.where(soft[band] > LIKELY, np.maximum(alpha[band], LIKELY_ALPHA), alpha[band]) * differs[band]
    alpha[~near] = 0
    return np.where(known > 0, np.minimum(alpha, _share(frame, alpha, plate, radius)), alpha)


def _share(
    frame: UInt8[np.ndarray, "height width 3"],
    alpha: Float[np.ndarray, "height width"],
    plate: UInt8[np.ndarray, "height width 3"],
    radius: int,
) -> Float[np.ndarray, "height width"]:
    """The person's share in the pixels of the rim, by how far their colour is on the way from the plate to the person.

    Notation: C = a F + (1 - a) B, with F the mean colour of the person within the rim. 1 where F and B are alike, and
    where C is no mixture of the two.
    """
    solid = alpha > SOLID
    if radius < LEAST_RADIUS or not solid.any():
        return np.ones_like(alpha)
    core = without_rim(solid, max(1.0, RIM * radius))
    side = round(AROUND * radius) | 1
    weight = cv2.blur(core.astype(np.float32), (side, side))[..., None]
    inner = cv2.blur(frame * core[..., None].astype(np.float32), (side, side)) / np.maximum(weight, 1 / side**2)
    _, nearest = nearest_pixel(core)
    seen = cv2.GaussianBlur(frame, (0, 0), 0.6).astype(np.float32) - plate
    whole = inner.reshape(-1, 3)[nearest] - plate
    squared = (whole**2).sum(-1)
    share = (seen * whole).sum(-1) / np.maximum(squared, 1)
    third = np.abs(seen - share[..., None] * whole).max(-1) / OTHER
    told = np.clip((np.sqrt(squared) - APART) / (CLOSE - APART), 0, 1) * np.clip(2 - third, 0, 1)
    told = cv2.blur(told * ~core, (3, 3))
    share = cv2.medianBlur(np.clip(CONTRAST * share - HAZE, 0, 1).astype(np.float32), 3)
    return 1 - told * (1 - share)


def _stretched(values: Float[np.ndarray, "height width"], bounds: tuple[float, float]) -> np.ndarray:
    """Values between the bounds stretched to [0, 1]; those beyond are clipped."""
    low, high = bounds
    return np.clip((values - low) / (high - low), 0, 1)
