"""Contact sheets."""

import numpy as np
import pytest

from motion_transfer.evaluation.sheet import (
    GAP_PX,
    INK,
    LABEL_HEIGHT_PX,
    SheetCollector,
    contact_sheet,
    scaled_to_height,
)


def plain(level: int, height: int = 90, width: int = 160) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_every_picture_stands_in_its_row_and_column_whatever_its_shape() -> None:
    rows = {"source": [plain(10), plain(20)], "result": [plain(30, 160, 90), plain(40, 160, 90)]}
    sheet = contact_sheet(rows, ["0.0 s", "1.0 s"], height=45)
    assert sheet.shape == (LABEL_HEIGHT_PX + 2 * (LABEL_HEIGHT_PX + 45 + GAP_PX), GAP_PX + 2 * (80 + GAP_PX), 3)
    for row, levels in enumerate(([10, 20], [30, 40])):
        for column, level in enumerate(levels):
            y = LABEL_HEIGHT_PX + row * (LABEL_HEIGHT_PX + 45 + GAP_PX) + LABEL_HEIGHT_PX + 22
            x = GAP_PX + column * (80 + GAP_PX) + 40
            assert (sheet[y, x] == level).all()


def test_labels_are_written_and_shrink_to_fit() -> None:
    sheet = contact_sheet({"x" * 300: [plain(0)]}, ["0.0 s"], height=45)
    assert (sheet[:LABEL_HEIGHT_PX] > 128).any()
    label = sheet[LABEL_HEIGHT_PX : 2 * LABEL_HEIGHT_PX]
    assert label.max() > 60
    assert (label[:, -GAP_PX:] < min(INK) // 2).all()


def test_a_row_that_lacks_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="2 pictures in row 'result'"):
        contact_sheet({"result": [plain(0)]}, ["a", "b"], height=20)
    with pytest.raises(ValueError, match="at least one row"):
        contact_sheet({}, [], height=20)


def test_a_collector_keeps_small_copies_of_evenly_spaced_frames_only() -> None:
    collector = SheetCollector(["source", "body", "result"], columns=4, frame_count=100, height=18)
    for index in range(100):
        frame = plain(index)
        collector.add("source", index, frame)
        if collector.wants(index):
            collector.add("result", index, frame)
        frame[:] = 255
    assert collector.wanted == [12, 37, 62, 87]
    sheet = collector.sheet(fps=25)
    assert sheet.shape[0] == LABEL_HEIGHT_PX + 2 * (LABEL_HEIGHT_PX + 18 + GAP_PX)
    row = sheet[2 * LABEL_HEIGHT_PX + 9]
    assert [int(row[GAP_PX + column * (32 + GAP_PX) + 16, 0]) for column in range(4)] == [12, 37, 62, 87]


def test_a_short_clip_has_fewer_columns_and_an_unknown_row_is_refused() -> None:
    collector = SheetCollector(["source"], columns=8, frame_count=3, height=18)
    assert collector.wanted == [0, 1, 2]
    with pytest.raises(ValueError, match="'sauce'"):
        collector.add("sauce", 0, plain(0))
    with pytest.raises(ValueError, match="at least one"):
        SheetCollector(["source"], columns=8, frame_count=0, height=18)
    with pytest.raises(ValueError, match="at least one row"):
        collector.sheet(fps=25)


def test_shrinking_averages() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 200
    assert (scaled_to_height(stripes, 16) == 100).all()
