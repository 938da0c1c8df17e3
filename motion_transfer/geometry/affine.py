"""Affine maps between pictures. A pixel's centre lies at +0.5, so that a picture reaches from 0 to its size."""

import numpy as np
from jaxtyping import Float


def opencv_affine(matrix: Float[np.ndarray, "2 3"]) -> Float[np.ndarray, "2 3"]:
    """The same affine map for OpenCV, whose pixel centres lie at whole numbers."""
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return shifted
