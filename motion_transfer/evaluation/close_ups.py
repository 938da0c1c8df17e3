"""Close-ups of head, hands and feet, which the picture of the whole figure in a contact sheet is too small to show."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float

from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.cutouts import Picture, cut_out
from motion_transfer.evaluation.sheet_style import GAP_PX, PAPER

TINY_PX, ENLARGED = 64, 2  # a close-up of a shorter side than this is enlarged


def close_ups(frame: Frame, boxes_px: Float[np.ndarray, "region 4"]) -> list[Picture]:
    """The pixels of each box as they are, enlarged twice by bicubic interpolation where they are few; never shrunk.

    Args:
        boxes_px: left, top, right and bottom of each, as `region_boxes` gives them.
    """
    return [_enlarged(cut_out(frame, box)) for box in boxes_px]


def beside(figure: Picture, pictures: Sequence[Picture]) -> Picture:
    """A figure, and right of it the pictures, from top to bottom in columns about as tall as the figure."""
    if not pictures:
        return figure
    tallest = max(figure.shape[0], *(picture.shape[0] for picture in pictures))
    columns: list[list[Picture]] = [[]]
    for picture in pictures:
        if _height([*columns[-1], picture]) > tallest:
            columns.append([])
        columns[-1].append(picture)
    widths = [max(picture.shape[1] for picture in column) for column in columns]
    whole = np.full((tallest, figure.shape[1] + sum(GAP_PX + width for width in widths), 3), PAPER, np.uint8)
    whole[: figure.shape[0], : figure.shape[1]] = figure
    left = figure.shape[1] + GAP_PX
    for column, width in zip(columns, widths, strict=True):
        top = 0
        for picture in column:
            height, wide = picture.shape[:2]
            whole[top : top + height, left : left + wide] = picture
            top += height + GAP_PX
        left += width + GAP_PX
    return whole


def _height(column: Sequence[Picture]) -> int:
    return sum(picture.shape[0] for picture in column) + GAP_PX * (len(column) - 1)


def _enlarged(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if min(height, width) >= TINY_PX:
        return picture
    return np.asarray(cv2.resize(picture, (ENLARGED * width, ENLARGED * height), interpolation=cv2.INTER_CUBIC))
