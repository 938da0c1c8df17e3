"""Contact sheets: labelled rows of pictures, sampled evenly over a clip, for judging a result at a glance."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from jaxtyping import UInt8

from motion_transfer.geometry.sampling import part_centres

GAP_PX = 4
LABEL_HEIGHT_PX = 22
PAPER = (24, 24, 24)
INK = (235, 235, 235)

Picture = UInt8[np.ndarray, "_ _ 3"]  # each has its own height and width


def contact_sheet(rows: Mapping[str, Sequence[Picture]], titles: Sequence[str], height: int) -> Picture:
    """A grid of pictures: a row a name, which stands above it, and a column a title.

    Pictures of every shape are scaled to `height` pixels and centred in columns as wide as the widest of them.

    Args:
        titles: one for each column, e.g. the time; ASCII, as are the names of the rows.
        height: of each picture, in pixels.

    Raises:
        ValueError: there is nothing to show, or a row has not one picture for each title.
    """
    if not rows or not titles:
        raise ValueError(f"expected at least one row and column, got {len(rows)} and {len(titles)}; add frames first")
    for name, frames in rows.items():
        if len(frames) != len(titles):
            raise ValueError(f"expected {len(titles)} pictures in row {name!r}, got {len(frames)}; give one a title")
    pictures = {name: [scaled_to_height(frame, height) for frame in frames] for name, frames in rows.items()}
    column_px = max(picture.shape[1] for row in pictures.values() for picture in row) + GAP_PX
    row_px = LABEL_HEIGHT_PX + height + GAP_PX
    shape = (LABEL_HEIGHT_PX + row_px * len(rows), GAP_PX + column_px * len(titles), 3)
    sheet = np.full(shape, PAPER, np.uint8)
    for column, title in enumerate(titles):
        _write(sheet, title, GAP_PX + column * column_px, 0, column_px - GAP_PX)
    for row, (name, frames) in enumerate(pictures.items()):
        top = LABEL_HEIGHT_PX + row * row_px
        _write(sheet, name, GAP_PX, top, shape[1] - 2 * GAP_PX)
        for column, picture in enumerate(frames):
            width = picture.shape[1]
            left = GAP_PX + column * column_px + (column_px - GAP_PX - width) // 2
            sheet[top + LABEL_HEIGHT_PX : top + LABEL_HEIGHT_PX + height, left : left + width] = picture
    return sheet


class SheetCollector:
    """Gathers the pictures of a contact sheet while a clip streams by; keeps small copies of only those it shows."""

    def __init__(self, names: Sequence[str], columns: int, frame_count: int, height: int) -> None:
        """Plan a sheet.

        Args:
            names: the rows, in order.
            columns: how many frames to show; fewer where the clip has fewer.
            frame_count: frames in the clip.
            height: of each picture, in pixels.

        Raises:
            ValueError: the clip has no frame, or there is no row or column.
        """
        if not names or columns < 1 or frame_count < 1:
            raise ValueError(
                f"expected at least one row, column and frame, got {len(names)}, {columns} and {frame_count}; "
                "name the rows and pass a clip with frames"
            )
        self.wanted = part_centres(frame_count, columns)
        self._height = height
        self._pictures: dict[str, dict[int, Picture]] = {name: {} for name in names}

    def wants(self, index: int) -> bool:
        """Whether this frame is shown, so that a costly picture need not be drawn for the others."""
        return index in self.wanted

    def add(self, name: str, index: int, frame: Picture) -> None:
        """Offer a picture for a row; those of frames that are not shown are dropped.

        Raises:
            ValueError: there is no such row.
        """
        if name not in self._pictures:
            raise ValueError(f"expected one of the rows {', '.join(self._pictures)}, got {name!r}; plan it first")
        if self.wants(index):
            self._pictures[name][index] = scaled_to_height(frame, self._height)

    def sheet(self, fps: float) -> Picture:
        """The sheet so far: columns are titled by time; rows without any picture are left out, gaps stay dark.

        Raises:
            ValueError: no picture was added.
        """
        rows: dict[str, list[Picture]] = {}
        for name, pictures in self._pictures.items():
            if pictures:
                blank = np.full_like(next(iter(pictures.values())), PAPER)
                rows[name] = [pictures.get(index, blank) for index in self.wanted]
        return contact_sheet(rows, [f"{index / fps:.1f} s" for index in self.wanted], self._height)


def scaled_to_height(frame: Picture, height: int) -> Picture:
    """The picture at another height with its aspect kept; averaged where it shrinks."""
    width = max(round(frame.shape[1] * height / frame.shape[0]), 1)
    shrinks = height < frame.shape[0]
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def _write(sheet: Picture, text: str, left: int, top: int, width: int) -> None:
    """One line of text in a strip of the sheet, smaller where it would not fit."""
    scale = 0.5
    (text_width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    scale *= min(1.0, width / max(text_width, 1))
    strip = sheet[top : top + LABEL_HEIGHT_PX, left : left + width]  # what still does not fit ends here
    cv2.putText(strip, text, (0, LABEL_HEIGHT_PX - 7), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
