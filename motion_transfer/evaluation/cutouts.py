"""Rectangles cut out of a picture pixel by pixel, with black where they reach beyond it."""

import numpy as np
from jaxtyping import Float, UInt8

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
