"""Still pictures: RGB bytes -> PNG files."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from motion_transfer.files.replacing import replacing


def write_png(path: Path, rgb: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write a picture as PNG, without loss; the file appears when it is complete.

    Raises:
        ValueError: the picture has no pixels.
        OSError: the file cannot be written.
    """
    if rgb.size == 0:
        raise ValueError(f"expected a picture of positive size for {path}, got shape {rgb.shape}; check the crop")
    with replacing(path) as temporary:
        Image.fromarray(np.ascontiguousarray(rgb)).save(temporary, format="PNG")
