"""What a cache holds, and pruning: least recently used results go first."""

import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from motion_transfer.domain.value import value
from motion_transfer.files.cache import IN_USE
from motion_transfer.files.locking import release, try_lock
from motion_transfer.files.manifest import read_about
from motion_transfer.files.replacing import remove, remove_abandoned

KEY = re.compile(r"[0-9a-f]{32}(\.npz)?")  # a file is what earlier versions kept
UNKNOWN = "of an earlier version"


@value
class CacheEntry:
    """One stored result, or the checkpoints of one unfinished training.

    Attributes:
        step: that made it.
        about: the clip or the performer that it is of.
        size_bytes: of all its files.
        used_s: when it was used last, in seconds since 1970.
    """

    path: Path
    step: str
    about: str
    size_bytes: int
    used_s: float


def cache_entries(folder: Path) -> list[CacheEntry]:
    """Everything that a cache holds; bodies and clips that `prepare` left there are no part of it."""
    steps = [step for step in sorted(_listed(folder)) if step.is_dir() and not step.name.startswith(".")]
    return [_entry(path) for step in steps for path in sorted(_listed(step)) if KEY.fullmatch(path.name)]


def superfluous(
    entries: Iterable[CacheEntry], *, older_than_s: float | None, max_bytes: float | None
) -> list[CacheEntry]:
    """Which entries to remove, the least recently used ones first.

    Args:
        older_than_s: all go that were not used for so long.
        max_bytes: of what stays.
    """
    oldest_first, now = sorted(entries, key=lambda entry: entry.used_s), time.time()
    left, chosen = sum(entry.size_bytes for entry in oldest_first), list[CacheEntry]()
    for entry in oldest_first:
        too_old = older_than_s is not None and now - entry.used_s > older_than_s
        if too_old or (max_bytes is not None and left > max_bytes):
            chosen.append(entry)
            left -= entry.size_bytes
    return chosen


def prune(folder: Path, entries: Iterable[CacheEntry]) -> None:
    """Remove entries of a cache, and what killed runs left unfinished.

    A kill on the way leaves incomplete entries, which are noticed when they are used.

    Raises:
        ValueError: a run uses the cache.
    """
    held = try_lock(folder / IN_USE)
    if held is None:
        raise ValueError(f"expected a cache that no run uses, got {folder}, which one uses; wait until it has ended")
    try:
        for entry in entries:
            remove(entry.path)
            remove(entry.path.with_name(f".{entry.path.stem}.lock"))
        for step in _listed(folder):
            if step.is_dir() and not step.is_symlink():
                remove_abandoned(step)
    finally:
        release(held)


def _entry(path: Path) -> CacheEntry:
    return CacheEntry(
        path=path,
        step=path.parent.name,
        about=str(read_about(path).get("of") or UNKNOWN),
        size_bytes=sum(file.lstat().st_size for file in (path, *path.rglob("*")) if not file.is_dir()),
        used_s=os.lstat(path).st_mtime,
    )


def _listed(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())
