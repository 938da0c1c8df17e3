"""Results on disk under a digest of all that they depend on, so that nothing is computed twice.

A kill or a power loss at any moment leaves a result whole or leaves nothing; what is damaged later is found when it is
used, and computed again.
"""

import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
import torch

from motion_transfer.files.locking import acquire, locked
from motion_transfer.files.manifest import find_damage, write_about, write_manifest
from motion_transfer.files.records import load_record, save_record, value_digest
from motion_transfer.files.replacing import remove, remove_abandoned, replacing
from motion_transfer.files.vendors import versions_in
from motion_transfer.files.video_reader import content_digest

T = TypeVar("T")
DIGEST_BYTES = 16
VALUE = "value.npz"  # of a result that is one value
IN_USE = ".in-use.lock"

log = logging.getLogger(__name__)


class Cache:
    """Results by name and key: `folder/name/key/`, a folder of files with a manifest of them.

    Several processes may use one cache at once: each result is computed by one of them while the others wait for it
    (`files/locking.py`), and a whole result is never replaced.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_use: BinaryIO | None = None

    def versions(self, packages: Iterable[str]) -> Mapping[str, str]:
        """Of packages of others: those that the folder was prepared with, else those that are installed."""
        return versions_in(self._folder, packages)

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

    def record(
        self, name: str, key: str, type: type[T], compute: Callable[[], T], *, about: str = ""
    ) -> tuple[T, bool]:
        """The stored value, or the one that `compute` returns, which is then stored; and whether it was stored.

        Args:
            about: whose it is, for people.
        """
        made: list[T] = []

        def fill(folder: Path) -> None:
            made.append(compute())
            save_record(folder / VALUE, made[0])

        found = self._entry(name, key, fill, lambda path: load_record(path / VALUE, type), about)
        return (made[0], False) if found is None else (found, True)

    def folder(self, name: str, key: str, fill: Callable[[Path], None], *, about: str = "") -> tuple[Path, bool]:
        """The stored folder, or a new one that `fill` writes its files into; and whether it was stored.

        `fill` gets an empty folder under a temporary name; if it raises, nothing is left.
        """
        found = self._entry(name, key, fill, lambda path: path, about)
        return self._path(name, key), found is not None

    def find(self, name: str, key: str) -> Path | None:
        """The folder of a result or of unfinished work, if there is one."""
        path = self._path(name, key)
        return path if path.is_dir() else None

    @contextmanager
    def work_folder(self, name: str, key: str, *, about: str = "") -> Iterator[Path]:
        """A folder for unfinished work that goes on where it was killed, such as a training's checkpoints.

        No other process gets it while the block runs.
        """
        path = self._path(name, key)
        with self._locked(name, key, f"works in {path}"):
            path.mkdir(exist_ok=True)
            write_about(path, {"of": about})
            yield path

    def discard(self, name: str, key: str) -> None:
        """Remove a result or unfinished work, when no other process is at it."""
        path = self._path(name, key)
        if path.exists():
            with self._locked(name, key, f"works in {path}"):
                remove(path)

    def _entry(
        self, name: str, key: str, fill: Callable[[Path], None], read: Callable[[Path], T], about: str
    ) -> T | None:
        """What is read from the stored folder; None where it was not there and has been filled now."""
        path = self._path(name, key)
        self._use()
        found = _intact(path, read, logging.DEBUG)  # reported below, if it is still so then
        if found is None:
            with self._locked(name, key, f"computes {name}"):
                found = _intact(path, read, logging.WARNING)
                if found is None:
                    if not path.is_dir():
                        remove(path)
                    with replacing(path) as temporary:
                        temporary.mkdir()
                        fill(temporary)
                        write_manifest(temporary, {"of": about})
                    return None
        with suppress(OSError):  # a cache that may only be read
            os.utime(path)  # when it was used last
        return found

    def _path(self, name: str, key: str) -> Path:
        for word in (name, key):
            if not word or not all(letter.isalnum() or letter in "_-" for letter in word):
                raise ValueError(f"expected letters, digits, _ and - in a name of the cache, got {word!r}; rename it")
        return self._folder / name / key

    @contextmanager
    def _locked(self, name: str, key: str, what: str) -> Iterator[None]:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self._use()
        with locked(folder / f".{key}.lock", what):
            remove_abandoned(folder)
            yield

    def _use(self) -> None:
        """Keep others from pruning the cache as long as this object lives."""
        if self._in_use is None and self._folder.is_dir():
            with suppress(OSError):  # where nothing can be written, nothing can be pruned
                self._in_use = acquire(self._folder / IN_USE, "prunes the cache", shared=True)


def _intact(path: Path, read: Callable[[Path], T], level: int) -> T | None:
    """What is read from the folder, or None where there is no whole one, which is logged at the level."""
    if not os.path.lexists(path):
        return None
    damage = find_damage(path)
    if damage is None:
        try:
            return read(path)
        except ValueError as failure:
            damage = str(failure)
    log.log(level, "computing %s again: what is stored in %s is damaged (%s)", path.parent.name, path, damage)
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
