"""Person mattes sharper than the detector's masks: they follow the picture's edges and stop where the plate begins."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

EDGE_RADIUS = 0.012  # of the person's height, of the guided filter (He et al. 2010)
EDGE_SOFTNESS = 1e-3  # its regularization, for colours in [0, 1]
GUIDED_RANGE = 0.2, 0.8  # of the guided mask that becomes alpha 0 to 1
DIFFERENCE_RANGE = 6.0, 26.0  # grey levels from the plate at which a pixel is surely background, surely person
CERTAIN = 0.9  # mask above which the detector is believed even where clothes look like the background
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
    return alpha


def _stretched(values: Float[np.ndarray, "height width"], bounds: tuple[float, float]) -> np.ndarray:
    """Values between the bounds stretched to [0, 1]; those beyond are clipped."""
    low, high = bounds
    return np.clip((values - low) / (high - low), 0, 1)
