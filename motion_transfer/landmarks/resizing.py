"""Downscaling of pictures. It has to be fast: the detector and the search for cuts need every frame small."""

import cv2
import numpy as np
from jaxtyping import Shaped

from motion_transfer.domain.video import ImageSize


def size_within(size: ImageSize, longest_px: int) -> ImageSize:
    """The size scaled down until its longer side is at most `longest_px`; never enlarged."""
    scale = min(1.0, longest_px / max(size.width, size.height))
    return ImageSize(height=max(1, round(size.height * scale)), width=max(1, round(size.width * scale)))


def downscaled(
    picture: Shaped[np.ndarray, "height width *channel"], size: ImageSize
) -> Shaped[np.ndarray, "small_height small_width *channel"]:
    """The picture at a smaller size: halved by area averaging as often as possible, the rest by bilinear interpolation.

    Area averaging by a factor that is not an integer gives about the same and takes OpenCV several times as long.
    """
    height, width = picture.shape[:2]
    while width >= 2 * size.width or height >= 2 * size.height:
        width = width // 2 if width >= 2 * size.width else width
        height = height // 2 if height >= 2 * size.height else height
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
