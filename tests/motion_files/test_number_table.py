"""Rows of numbers that may lie in memory or on the disk."""

import tempfile

import numpy as np
import pytest

from motion_transfer.files.reading import UnreadableFileError
from motion_transfer.motion_files import number_table
from motion_transfer.motion_files.number_table import NumberTable


def filled(width: int, pieces: list[np.ndarray]) -> NumberTable:
    table = NumberTable(width)
    for piece in pieces:
        table.append(piece)
    return table


@pytest.mark.parametrize("in_memory", [64, 1 << 22])
def test_rows_come_back_in_any_order_wherever_they_lie(in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_table, "IN_MEMORY", in_memory)
    monkeypatch.setattr(number_table, "AT_ONCE", 8)
    numbers = np.arange(50 * 3 + 2, dtype=float)
    table = filled(3, np.split(numbers, [7, 20, 21, 100]))
    rows = np.array([49, 0, 8, 7, 8, 31])
    assert len(table) == 50
    assert np.array_equal(table[rows], numbers[:150].reshape(50, 3)[rows])


def test_a_full_disk_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _content: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            return None

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda max_size: Full())
    with pytest.raises(UnreadableFileError, match="No space left on device; free some"):
        NumberTable(2).append(np.zeros(4))
