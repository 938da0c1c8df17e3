"""Sampling: the references' own colours and mattes along a warp."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from motion_transfer.domain.value import value


@value
class Blend:
    """A person as references show it, colours in [0, 255], each pixel multiplied by the share that they have in it.

    Attributes:
        alpha: in [0, 1].
        share: 1 where references are believed, 0 where none is.
    """

    rgb: Float[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]
    share: Float[np.ndarray, "height width"]


def sample(
    foreground: UInt8[np.ndarray, "tall wide 3"],
    matte: UInt8[np.ndarray, "tall wide"],
    place_px: Float[np.ndarray, "height width 2"],
) -> tuple[UInt8[np.ndarray, "height width 3"], Float[np.ndarray, "height width"]]:
    """Colours, and alpha in [0, 1], of a picture at places in its own pixels; alpha is 0 outside of it."""
    # Pixel centres lie at +0.5 in the project and at whole numbers in OpenCV.
    x, y = (np.ascontiguousarray(place_px[..., axis] - np.float32(0.5)) for axis in range(2))
    colours = cv2.remap(foreground, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.remap(matte, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=[0])
    return colours, shown.astype(np.float32) / np.float32(255)
