"""Still pictures: RGB bytes -> PNG files, and pictures of a performer's folder -> bytes."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing

MOST_PIXELS = 1 << 26  # twice those of 8K
MOST_BYTES = 1 << 29
FORMATS = ("PNG", "JPEG")
JPEG_QUALITY = 88


def write_png(path: Path, rgb: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write a picture as PNG, without loss; the file appears when it is complete.

    Raises:
        ValueError: the picture has no pixels.
        OSError: the file cannot be written.
    """
    _write(path, rgb, "PNG")


def write_jpeg(path: Path, rgb: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write a picture as JPEG, with colours at its full size; errors as for `write_png`."""
    _write(path, rgb, "JPEG", quality=JPEG_QUALITY, subsampling=0)


def _write(path: Path, rgb: np.ndarray, form: str, **options: int) -> None:
    if rgb.size == 0:
        raise ValueError(f"expected a picture of positive size for {path}, got shape {rgb.shape}; check the crop")
    with replacing(path) as temporary:
        Image.fromarray(np.ascontiguousarray(rgb)).save(temporary, format=form, **options)


def read_rgb(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    """Read a picture's colours.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is damaged, or too large.
    """
    return np.ascontiguousarray(_decoded(path, cv2.IMREAD_COLOR)[..., ::-1])


def read_grey(path: Path) -> UInt8[np.ndarray, "height width"]:
    """Read a picture as levels of grey; errors as for `read_rgb`."""
    return _decoded(path, cv2.IMREAD_GRAYSCALE)


def read_planes(path: Path, count: int) -> UInt8[np.ndarray, "height width plane"]:
    """Read a picture with its planes as they are stored, blue before red; errors as for `read_rgb`.

    Args:
        count: of planes, which may not differ.
    """
    planes = _decoded(path, cv2.IMREAD_UNCHANGED)
    with reading(f"a picture of {count} planes", path, remedy="learn the performer again"):
        if planes.ndim != 3 or planes.shape[2] != count or planes.dtype != np.uint8:
            raise ValueError(f"its shape is {planes.shape}")
    return planes


def _decoded(path: Path, mode: int) -> np.ndarray:
    with reading("a picture", path, remedy="learn the performer again", most_bytes=MOST_BYTES):
        with Image.open(path, formats=FORMATS) as header:  # which takes no memory for the pixels
            if header.width * header.height > MOST_PIXELS:
                raise ValueError(f"expected at most {MOST_PIXELS} pixels, got {header.width}x{header.height}")
            header.verify()  # compares the checksums, which OpenCV reads over
        picture = cv2.imdecode(np.fromfile(path, np.uint8), mode)
        if picture is None:
            raise ValueError("it is damaged")
        return picture
