"""Rows of numbers that are put aside as they are read: those of a long file take more room than what is made of it."""

import tempfile
import weakref

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.files.reading import UnreadableFileError

IN_MEMORY = 1 << 22  # bytes up to which no file is made
AT_ONCE = 1024  # rows that are read back at a time
NUMBER = np.dtype(np.float32)


class NumberTable:
    """Numbers of single precision in rows, written once and then read in any order.

    Args:
        width: numbers in a row.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.count = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115, open as long as the table is
        weakref.finalize(self, self._file.close)

    def append(self, numbers: Float[np.ndarray, "number"]) -> None:
        """Numbers that follow those that were given so far, in rows or not.

        Raises:
            UnreadableFileError: the disk has no room for them.
        """
        try:
            self._file.write(numbers.astype(NUMBER).tobytes())
        except OSError as full:
            raise UnreadableFileError(
                f"expected room for a long motion in {tempfile.gettempdir()}, got {full.strerror}; free some, or name "
                "another folder in TMPDIR"
            ) from full
        self.count += len(numbers)

    def __len__(self) -> int:
        """How many rows are whole."""
        return self.count // self.width

    def __getitem__(self, rows: Int[np.ndarray, "chosen"]) -> Float[np.ndarray, "chosen channel"]:
        """Some of the rows."""
        found = np.empty((len(rows), self.width), NUMBER)
        blocks = rows // AT_ONCE
        for block in np.unique(blocks).tolist():
            first = block * AT_ONCE
            inside = blocks == block
            found[inside] = self._read(first, min(AT_ONCE, len(self) - first))[rows[inside] - first]
        return found

    def _read(self, first: int, count: int) -> Float[np.ndarray, "row channel"]:
        self._file.seek(first * self.width * NUMBER.itemsize)
        read = self._file.read(count * self.width * NUMBER.itemsize)
        return np.frombuffer(read, NUMBER).reshape(count, self.width)
