"""What cutting hands and heads out of references has in common."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, minimum

SOLID = 0.5  # alpha from which a pixel shows the part
LEAST_TRUSTED = 0.98  # of a part's pixels that show nothing which the person holds
NEAREST_M = 0.1  # to the camera


def box_around(
    part_px: Float[Tensor, "vertex 2"], margin_px: float, shape: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Rows and columns of a picture around a part of the body; None where the part itself leaves the picture.

    Args:
        shape: rows and columns of the picture.
    """
    low, high, most = part_px.amin(0), part_px.amax(0), part_px.new_tensor([shape[1], shape[0]])
    if (low < 0).any() or (high > most).any():
        return None
    left, top = (low - margin_px).clamp(min=0).int().tolist()
    right, bottom = minimum(high + margin_px + 1, most).int().tolist()
    return slice(top, bottom), slice(left, right)


def mean_detail(rgb: UInt8[np.ndarray, "height width 3"], solid: Bool[np.ndarray, "height width"]) -> float:
    """Mean absolute Laplacian within a part."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inner].mean()) if inner.any() else 0.0
