"""Regions of the picture: their outlines, the normals of these, and round structuring elements."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8


def inner_rim(region: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """Pixels of the region that touch its outside, at an edge or a corner; the picture's border is no outside."""
    return region & ~cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def outward_normals(
    inside: Float[np.ndarray, "height width"] | Bool[np.ndarray, "height width"], blur_px: float
) -> Float[np.ndarray, "height width 2"]:
    """Unit vectors (down, right) out of a region, against the gradient of its blurred picture; 0 where that is flat.

    Args:
        inside: grows into the region, such as a mask or the signed distance from its outline.
        blur_px: standard deviation of the blur.
    """
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), blur_px)
    slope = -np.stack([cv2.Sobel(soft, cv2.CV_32F, 0, 1), cv2.Sobel(soft, cv2.CV_32F, 1, 0)], -1)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)


def disc(radius_px: int) -> UInt8[np.ndarray, "side side"]:
    """A round structuring element for erosion and dilation."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
