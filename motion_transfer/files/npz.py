"""Arrays of .npz and .npy files, with what a file declares checked before any memory is taken."""

import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np

from motion_transfer.files.reading import reading

MOST_ARRAYS = 100_000
MOST_UNPACKED_BYTES = 1 << 30  # of a file whose arrays are compressed
READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(path: Path, *, compressed: bool = False) -> dict[str, np.ndarray]:
    """Every array of the file by its name; none holds objects, and checksums are compared.

    Args:
        compressed: whether arrays may be compressed; else all of them together are no larger than the file.

    Raises:
        ValueError: the file declares more than it may hold, or an array of objects.
        zipfile.BadZipFile: it is no archive, or damaged.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _check_sizes(members, MOST_UNPACKED_BYTES if compressed else path.stat().st_size)
        if not compressed and any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("expected arrays that are not compressed")
        return {member.filename.removesuffix(".npy"): _read(archive, member) for member in members}


def write_npz(path: Path, arrays: Mapping[str, np.ndarray], *, compressed: bool = False) -> None:
    """Write arrays as `read_npz` reads them.

    Raises:
        OSError: the disk has no room for them. numpy's own writing would then report a second failure of its own.
        ValueError: an array holds objects.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def map_npy(path: Path) -> np.ndarray:
    """The array of an .npy file, mapped into memory page by page, so that it is no larger than the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or holds objects.
    """
    with reading("a stored array", path, remedy="delete its folder"):
        return np.load(path, mmap_mode="r", allow_pickle=False)


def _check_sizes(members: list[zipfile.ZipInfo], most_bytes: int) -> None:
    if len(members) > MOST_ARRAYS:
        raise ValueError(f"expected at most {MOST_ARRAYS} arrays, got {len(members)}")
    if len({member.filename for member in members}) < len(members):
        raise ValueError("expected a name of its own for each array, got one twice")
    declared = sum(member.file_size for member in members)
    if declared > most_bytes:
        raise ValueError(f"expected at most {most_bytes} bytes of arrays, got {declared} declared")


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in READ_HEADER:
            raise ValueError(f"expected an array of format 1.0 or 2.0, got {version}")
        shape, _, dtype = READ_HEADER[version](file)
        if dtype.hasobject:
            raise ValueError(f"expected plain numbers in {member.filename}, got Python objects, which could run code")
        declared = file.tell() + prod(shape) * dtype.itemsize
        if declared != member.file_size or min(shape, default=0) < 0:
            raise ValueError(f"expected {declared} bytes of {member.filename}, got {member.file_size}")
    with archive.open(member) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end compares the checksum
            raise ValueError(f"expected the end of {member.filename}, got more")
    return array
