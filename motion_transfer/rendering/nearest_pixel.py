"""Masks of a picture: the pixel of one that lies nearest to each pixel, and one without its rim."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int


def nearest_pixel(
    mask: Bool[np.ndarray, "height width"],
) -> tuple[Float[np.ndarray, "height width"], Int[np.ndarray, "height width"]]:
    """Distance in pixels to the nearest pixel of a mask that has any, and that pixel's flat index."""
    apart, label = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros(int(label.max()) + 1, np.int64)
    place[label[mask]] = np.flatnonzero(mask)
    return apart, place[label]


def without_rim(mask: Bool[np.ndarray, "height width"], rim_px: float) -> Bool[np.ndarray, "height width"]:
    """What is left of a mask without its rim; of parts that are thinner than two rims, the middle."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    side = 2 * int(np.ceil(1 + rim_px)) + 1
    return mask & (depth >= np.minimum(1 + rim_px, cv2.dilate(depth, np.ones((side, side), np.uint8))))
