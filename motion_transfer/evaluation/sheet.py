"""Contact sheets: labelled rows of pictures, sampled evenly over a clip, for judging a result at a glance."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from motion_transfer.evaluation.close_ups import beside
from motion_transfer.evaluation.cutouts import Picture
from motion_transfer.evaluation.sheet_style import GAP_PX, INK, LABEL_HEIGHT_PX, PAPER
from motion_transfer.geometry.sampling import part_centres


def contact_sheet(rows: Mapping[str, Sequence[Picture]], titles: Sequence[str], height: int | None) -> Picture:
    """A grid of pictures: a row a name, which stands above it, and a column a title.

    Pictures of every shape are scaled to `height` pixels, or stay as they are, and are centred in columns as wide as
    the widest of them.

    Args:
        titles: one for each column, e.g. the time; ASCII, as are the names of the rows.
        height: of each picture, in pixels; None leaves pictures as they are.

    Raises:
        ValueError: there is nothing to show, or a row has not one picture for each title.
    """
    if not rows or not titles:
        raise ValueError(f"expected at least one row and column, got {len(rows)} and {len(titles)}; add frames first")
    for name, frames in rows.items():
        if len(frames) != len(titles):
            raise ValueError(f"expected {len(titles)} pictures in row {name!r}, got {len(frames)}; give one a title")
    if height is None:
        return _grid(rows, titles, centred=True)
    scaled = {name: [scaled_to_height(frame, height) for frame in frames] for name, frames in rows.items()}
    return _grid(scaled, titles, centred=True)


class SheetCollector:
    """Gathers the pictures of a contact sheet while a clip streams by; keeps copies of only those it shows."""

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

    def add(self, name: str, index: int, frame: Picture, close_ups: Sequence[Picture] = ()) -> None:
        """Offer a picture for a row; those of frames that are not shown are dropped.

        Args:
            frame: is scaled to the row's height.
            close_ups: stand beside it as they are, pixel by pixel, and may make the row taller.

        Raises:
            ValueError: there is no such row.
        """
        if name not in self._pictures:
            raise ValueError(f"expected one of the rows {', '.join(self._pictures)}, got {name!r}; plan it first")
        if self.wants(index):
            self._pictures[name][index] = beside(scaled_to_height(frame, self._height), close_ups)

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
        if not rows:
            raise ValueError("expected at least one row with a picture, got none; add frames first")
        return _grid(rows, [f"{index / fps:.1f} s" for index in self.wanted], centred=False)


def scaled_to_height(frame: Picture, height: int) -> Picture:
    """The picture at another height with its aspect kept; averaged where it shrinks."""
    width = max(round(frame.shape[1] * height / frame.shape[0]), 1)
    shrinks = height < frame.shape[0]
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def _grid(rows: Mapping[str, Sequence[Picture]], titles: Sequence[str], *, centred: bool) -> Picture:
    """The pictures as they are, each row as tall as its tallest, columns as wide as the widest picture of all.

    Args:
        centred: in their columns; otherwise at the left, so that figures stand below each other.
    """
    column_px = max(picture.shape[1] for row in rows.values() for picture in row) + GAP_PX
    heights = [max(picture.shape[0] for picture in row) for row in rows.values()]
    height = LABEL_HEIGHT_PX + sum(LABEL_HEIGHT_PX + row_px + GAP_PX for row_px in heights)
    sheet = np.full((height, GAP_PX + column_px * len(titles), 3), PAPER, np.uint8)
    for column, title in enumerate(titles):
        _write(sheet, title, GAP_PX + column * column_px, 0, column_px - GAP_PX)
    top = LABEL_HEIGHT_PX
    for (name, pictures), row_px in zip(rows.items(), heights, strict=True):
        _write(sheet, name, GAP_PX, top, sheet.shape[1] - 2 * GAP_PX)
        for column, picture in enumerate(pictures):
            tall, wide = picture.shape[:2]
            left = GAP_PX + column * column_px + ((column_px - GAP_PX - wide) // 2 if centred else 0)
            sheet[top + LABEL_HEIGHT_PX : top + LABEL_HEIGHT_PX + tall, left : left + wide] = picture
        top += LABEL_HEIGHT_PX + row_px + GAP_PX
    return sheet


def _write(sheet: Picture, text: str, left: int, top: int, width: int) -> None:
    """One line of text in a strip of the sheet, smaller where it would not fit."""
    scale = 0.5
    (text_width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    scale *= min(1.0, width / max(text_width, 1))
    strip = sheet[top : top + LABEL_HEIGHT_PX, left : left + width]  # what still does not fit ends here
    cv2.putText(strip, text, (0, LABEL_HEIGHT_PX - 7), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
