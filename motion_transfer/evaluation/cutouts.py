"""Rectangles cut out of a picture pixel by pixel."""

import numpy as np
from jaxtyping import Float, Shaped, UInt8

Picture = UInt8[np.ndarray, "_ _ 3"]  # each has its own height and width


def cut_out(picture: Picture, box_px: Float[np.ndarray, "4"]) -> Picture:
    """The pixels between left, top, right and bottom, rounded to whole pixels; at least one.

    Nothing is resampled. What lies outside the picture is black.
    """
    left, top = (round(float(edge)) for edge in box_px[:2])
    right, bottom = max(round(float(box_px[2])), left + 1), max(round(float(box_px[3])), top + 1)
    height, width = picture.shape[:2]
    cut = np.zeros((bottom - top, right - left, 3), np.uint8)
    rows, columns = slice(max(top, 0), min(bottom, height)), slice(max(left, 0), min(right, width))
    if rows.start < rows.stop and columns.start < columns.stop:
        cut[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = picture[rows, columns]
    return cut


def inside(
    picture: Shaped[np.ndarray, "_ _ *channel"], box_px: Float[np.ndarray, "4"]
) -> Shaped[np.ndarray, "_ _ *channel"]:
    """The pixels of the picture between left, top, right and bottom, rounded to whole pixels; perhaps none."""
    left, top, right, bottom = (max(round(float(edge)), 0) for edge in box_px)
    return picture[top:bottom, left:right]
