"""`cache`: what computed results take on the disk, by clip and by performer, and removing of those not needed."""

import math
import time
from collections.abc import Iterable
from itertools import groupby

from omegaconf import DictConfig

from motion_transfer.files.assets import work_folder
from motion_transfer.files.cache_contents import CacheEntry, cache_entries, prune, superfluous

DAY_S, GB, MB = 86400, 1e9, 1e6


def main(config: DictConfig) -> None:
    """List, or remove what the settings ask for."""
    older_than, max_size = (_limit(name, config[name]) for name in ("older_than", "max_size"))
    folder = work_folder(config.work_dir)
    entries = cache_entries(folder)
    chosen = superfluous(
        entries,
        older_than_s=None if older_than is None else older_than * DAY_S,
        max_bytes=0 if config.all else None if max_size is None else max_size * GB,
    )
    if config.all or older_than is not None or max_size is not None:
        if folder.is_dir():
            prune(folder, chosen)
        print(f"Removed {_size(chosen)} in {len(chosen)} results.")
    removed = {entry.path for entry in chosen}
    left = [entry for entry in entries if entry.path not in removed]
    print("\n".join([*table(left), f"In all {_size(left)} in {folder}"]))


def table(entries: Iterable[CacheEntry]) -> list[str]:
    """A line for each clip and performer, the largest first: size, steps, and when it was used last."""
    grouped = groupby(sorted(entries, key=lambda entry: entry.about), key=lambda entry: entry.about)
    groups = sorted(((about, list(group)) for about, group in grouped), key=lambda group: -_bytes(group[1]))
    return [_line(about, group) for about, group in groups]


def _line(about: str, group: list[CacheEntry]) -> str:
    steps = ", ".join(dict.fromkeys(entry.step for entry in group))
    days = int((time.time() - max(entry.used_s for entry in group)) // DAY_S)
    used = "today" if days < 1 else f"{days} days ago" if days > 1 else "yesterday"
    return f"{_size(group):>9}  {about}: {steps}; used {used}"


def _limit(name: str, given: object) -> float | None:
    """Raises ValueError for anything but a number of at least 0."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        raise ValueError(f"expected {name} to be a number of at least 0, got {given!r}; try {name}=30")
    return float(given)


def _bytes(entries: Iterable[CacheEntry]) -> int:
    return sum(entry.size_bytes for entry in entries)


def _size(entries: Iterable[CacheEntry]) -> str:
    size = _bytes(entries)
    return f"{size / GB:.1f} GB" if size >= GB else f"{math.ceil(size / MB)} MB"
