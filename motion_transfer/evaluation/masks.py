"""Which pixels count in a score: masks as weights, and the check that pictures are of one size."""

import numpy as np
from jaxtyping import Bool, Float, UInt8

from motion_transfer.domain.video import Frame

Mask = Bool[np.ndarray, "height width"] | UInt8[np.ndarray, "height width"] | Float[np.ndarray, "height width"]


def mask_weight(mask: Mask, frame: Frame) -> Float[np.ndarray, "height width"]:
    """The mask as weights in [0, 1]: bool, uint8 (255 is 1) or float already in [0, 1].

    Raises:
        ValueError: the mask's size is not the frame's.
    """
    if mask.shape != frame.shape[:2]:
        raise ValueError(
            f"expected a mask of the frame's size {frame.shape[:2]}, got {mask.shape}; resize the mask first"
        )
    return mask.astype(np.float32) / (255 if mask.dtype == np.uint8 else 1)


def check_sizes(a: Frame, b: Frame) -> None:
    """Check that two frames can be compared.

    Raises:
        ValueError: they differ in size.
    """
    if a.shape != b.shape:
        raise ValueError(f"expected two frames of one size, got {a.shape} and {b.shape}; resize one of them first")
