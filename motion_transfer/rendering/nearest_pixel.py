"""The pixel of a mask that lies nearest to each pixel of a picture."""

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
