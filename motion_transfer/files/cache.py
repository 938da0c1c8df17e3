"""Results on disk under a digest of all that they depend on, so that nothing is computed twice.

A kill at any moment leaves a result whole or leaves nothing.
"""

import dataclasses
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from motion_transfer.files.locking import locked
from motion_transfer.files.records import load_record, save_record, value_digest
from motion_transfer.files.replacing import creating_folder, remove_abandoned
from motion_transfer.files.video_reader import content_digest

T = TypeVar("T")
DIGEST_BYTES = 16

log = logging.getLogger(__name__)


class Cache:
    """Results by name and key: `folder/name/key.npz` for a value, `folder/name/key/` for a folder of files.

    Several processes may use one cache at once: each result is computed by one of them while the others wait for it
    (`files/locking.py`), and a complete result is never removed or replaced.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, *parts: object) -> str:
        """Digest of all that a result depends on, 32 hexadecimal digits.

        A `Path` stands for the content of the file, so that a renamed copy hits and an edited file misses. Values of
        the domain, tensors and arrays stand for their content; the rest has to be JSON (settings, names, versions).

        Raises:
            ValueError: a part is neither of these, or a path is no file.
        """
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        for part in parts:
            token = _token(part)
            digest.update(f"{len(token)}:{token}".encode())
        return digest.hexdigest()

    def record(self, name: str, key: str, type: type[T], compute: Callable[[], T]) -> tuple[T, bool]:
        """The stored value, or the one that `compute` returns, which is then stored; and whether it was stored.

        A damaged file, or one that another version wrote, is replaced.
        """
        path = self._path(name, key).with_suffix(".npz")
        found = _stored(path, type, logging.DEBUG)  # reported below, if it is still so then
        if found is None:
            with self._locked(name, key, f"computes {name}"):
                found = _stored(path, type, logging.WARNING)
                if found is None:
                    value = compute()
                    save_record(path, value)
                    return value, False
        return found, True

    def folder(self, name: str, key: str, fill: Callable[[Path], None]) -> tuple[Path, bool]:
        """The stored folder, or a new one that `fill` writes its files into; and whether it was stored.

        `fill` gets an empty folder under a temporary name; if it raises, nothing is left.
        """
        path = self._path(name, key)
        if not path.is_dir():
            with self._locked(name, key, f"computes {name}"):
                if not path.is_dir():
                    with creating_folder(path) as temporary:
                        fill(temporary)
                    return path, False
        return path, True

    def find(self, name: str, key: str) -> Path | None:
        """The stored folder, if there is one."""
        path = self._path(name, key)
        return path if path.is_dir() else None

    @contextmanager
    def work_folder(self, name: str, key: str) -> Iterator[Path]:
        """A folder for unfinished work that goes on where it was killed, such as a training's checkpoints.

        No other process gets it while the block runs.
        """
        path = self._path(name, key)
        with self._locked(name, key, f"works in {path}"):
            path.mkdir(exist_ok=True)
            yield path

    def _path(self, name: str, key: str) -> Path:
        for word in (name, key):
            if not word or not all(letter.isalnum() or letter in "_-" for letter in word):
                raise ValueError(f"expected letters, digits, _ and - in a name of the cache, got {word!r}; rename it")
        return self._folder / name / key

    @contextmanager
    def _locked(self, name: str, key: str, what: str) -> Iterator[None]:
        folder = self._folder / name
        with locked(folder / f".{key}.lock", what):
            remove_abandoned(folder)
            yield


def _stored(path: Path, type: type[T], level: int) -> T | None:
    """The value in the file, or None where there is no whole one, which is logged at the level."""
    if not path.is_file():
        return None
    try:
        return load_record(path, type)
    except ValueError as damaged:
        log.log(level, "computing %s again: %s", path.parent.name, damaged)
        return None


def _token(part: object) -> str:
    if isinstance(part, Path):
        if not part.is_file():
            raise ValueError(f"expected a file to take the digest of, got {part}; give a file, or text for its name")
        return f"file {content_digest(part)}"
    is_value = dataclasses.is_dataclass(part) and not isinstance(part, type)
    if is_value or isinstance(part, torch.Tensor | np.ndarray):
        return f"value {value_digest(part)}"
    try:
        return f"json {json.dumps(part, sort_keys=True)}"
    except TypeError as failure:
        raise ValueError(f"expected a path, a value, a tensor or JSON in a key, got {part!r}; convert it") from failure
