"""Pictures made small: the detector and the search for cuts look at every frame, so that this has to be quick."""

import cv2
import numpy as np
from jaxtyping import Shaped

from motion_transfer.domain.video import ImageSize


def within(size: ImageSize, longest: int) -> ImageSize:
    """The size shrunk until its longer side fits; never enlarged."""
    scale = min(1.0, longest / max(size.width, size.height))
    return ImageSize(height=max(1, round(size.height * scale)), width=max(1, round(size.width * scale)))


def shrunk(
    picture: Shaped[np.ndarray, "height width *channel"], size: ImageSize
) -> Shaped[np.ndarray, "small_height small_width *channel"]:
    """Halved by the mean of pixels as often as the size allows, then brought to it by bilinear interpolation.

    The mean over areas of a broken number of pixels, which is about the same, takes OpenCV several times as long.
    """
    height, width = picture.shape[:2]
    while width >= 2 * size.width or height >= 2 * size.height:
        width = width // 2 if width >= 2 * size.width else width
        height = height // 2 if height >= 2 * size.height else height
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
