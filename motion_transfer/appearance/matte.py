"""Person mattes sharper than the detector's masks: they follow the picture's edges and stop where the plate begins."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

EDGE_RADIUS = 0.012  # of the person's height, of the guided filter (He et al. 2010)
EDGE_SOFTNESS = 1e-3
NOISE, SURE = 6.0, 26.0  # grey levels by which a pixel of the person differs from the plate: surely not, surely
CERTAIN = 0.9  # inside this the detector is believed even where clothes look like the background


def refine_matte(
    frame: UInt8[np.ndarray, "height width 3"],
    mask: UInt8[np.ndarray, "mask_height mask_width"],
    plate: UInt8[np.ndarray, "height width 3"],
    known: UInt8[np.ndarray, "height width"],
) -> Float[np.ndarray, "height width"]:
    """Alpha of the person in [0, 1].

    Args:
        mask: the detector's soft mask at any resolution of the same view.
        plate: the clean background of the same view.
        known: 255 where the plate was seen and not filled in.
    """
    height, width = frame.shape[:2]
    soft = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    rows = np.nonzero(soft.max(1) > 0.5)[0]
    person = float(rows[-1] - rows[0]) if len(rows) else height
    radius = max(2, round(EDGE_RADIUS * person))
    guided = cv2.ximgproc.guidedFilter(frame, soft, radius, EDGE_SOFTNESS * 255**2)
    alpha = np.clip((guided - 0.2) / 0.6, 0, 1)
    difference = np.abs(frame.astype(np.float32) - plate).max(2)
    difference = cv2.GaussianBlur(difference, (0, 0), max(0.6, radius / 6))
    differs = np.clip((difference - NOISE) / (SURE - NOISE), 0, 1)
    near = cv2.dilate((soft > 0.15).astype(np.uint8), np.ones((2 * radius + 1,) * 2, np.uint8)) > 0
    # In the band around the mask the plate decides: hair and shoes that the mask misses come in, background goes out.
    band = near & (soft < CERTAIN) & (known > 0)
    alpha[band] = np.where(soft[band] > 0.05, np.maximum(alpha[band], 0.35), alpha[band]) * differs[band]
    alpha[~near] = 0
    return alpha
