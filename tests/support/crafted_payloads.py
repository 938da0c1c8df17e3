"""What crafted files hold: code in a pickle, paths that lead out of a folder, files without end.

Each function writes a file; code that runs makes a file named `canary` in a folder.
"""

import io
import os
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motion_transfer.files.records import HEADER

CANARY, VICTIM = "canary", "victim"


class Command:
    """Unpickling it makes the canary."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.folder / CANARY}",)


def pickled(path: Path, folder: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": Command(folder)}))


def saved_by_torch(path: Path, folder: Path) -> None:
    torch.save({"weights": Command(folder)}, path)


def saved_by_old_torch(path: Path, folder: Path) -> None:
    torch.save({"weights": Command(folder)}, path, _use_new_zipfile_serialization=False)


def archive_that_leads_out(path: Path, folder: Path) -> None:
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(f"../../{CANARY}")
        archive.addfile(entry, io.BytesIO(b""))


def member_that_leads_out(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"../../{CANARY}.npy", b"\x93NUMPY")


def objects(path: Path, folder: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    name = next(name for name in arrays if name != HEADER)
    np.savez(path, **(arrays | {name: np.array([Command(folder)], object)}))


def header_with(old: str, new: str) -> Callable[[Path, Path], None]:
    def write(path: Path, folder: Path) -> None:
        with np.load(path) as stored:
            arrays = dict(stored)
        text = arrays.pop(HEADER).tobytes().decode()
        assert old in text
        changed = text.replace(old, new.replace("FOLDER", str(folder)), 1)
        np.savez(path, **{HEADER: np.frombuffer(changed.encode(), np.uint8)}, **arrays)

    return write


def pipe(path: Path, folder: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def endless(path: Path, folder: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def huge_picture(path: Path, folder: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    side = (70000).to_bytes(4, "big")
    header = chunk(b"IHDR", side + side + b"\x08\x02\x00\x00\x00")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
