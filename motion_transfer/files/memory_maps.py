"""Large arrays as files: those that are filled bit by bit have their room on the disk before anything is written."""

import os
from pathlib import Path
from typing import Any

import numpy as np


def new_memory_map(path: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
    """A new `.npy` file of zeros, mapped into memory.

    Its room is reserved: a map of a file with holes would end the process where the disk is full.

    Raises:
        OSError: the disk has no room for it.
    """
    mapped = np.lib.format.open_memmap(path, "w+", dtype, shape)
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return mapped


def save_array(path: Path, array: np.ndarray) -> None:
    """Write a `.npy` file.

    Raises:
        OSError: the disk has no room for it, told by its number, which numpy's own writing leaves out.
    """
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, np.lib.format.header_data_from_array_1_0(np.ascontiguousarray(array))
        )
        file.write(np.ascontiguousarray(array).data)
