"""Manifest of a folder: the size and the digest of every file in it, by which damage is found before it is used."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from motion_transfer.files.reading import reading
from motion_transfer.files.video_reader import content_digest

MANIFEST = "manifest.json"
MOST_BYTES = 1 << 24


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Note all files of a complete folder.

    Args:
        about: what the folder is, as JSON holds it.
    """
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "digest": content_digest(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    _write(folder, about, files)


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Note what a folder is whose files change."""
    _write(folder, about, {})


def read_about(folder: Path) -> Mapping[str, Any]:
    """What the folder is, as it was noted; empty where that cannot be read."""
    try:
        about = _read(folder).get("about")
    except (OSError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def find_damage(folder: Path, *, unread: Collection[str] = ()) -> str | None:
    """What is wrong with the folder, in a few words; None where every file is as it was written.

    Files that came later are no damage.

    Args:
        unread: names of files that nothing reads, so that they may be missing or changed.
    """
    try:
        files = _read(folder)["files"]
        for name, noted in files.items():
            if name in unread:
                continue
            if damage := _damage_of(folder, name, noted["bytes"], noted["digest"]):
                return damage
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"{MANIFEST} is missing or damaged"
    return None


def _damage_of(folder: Path, name: str, size: int, digest: str) -> str | None:
    path = folder / name
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return f"{MANIFEST} names {name}, which is outside of the folder"
    if path.is_symlink() or not path.is_file():
        return f"{name} is missing"
    if path.stat().st_size != size:
        return f"{name} has {path.stat().st_size} bytes in place of {size}"
    return None if content_digest(path) == digest else f"{name} has changed"


def _write(folder: Path, about: Mapping[str, Any], files: Mapping[str, Any]) -> None:
    text = json.dumps({"about": about, "files": files}, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _read(folder: Path) -> dict[str, Any]:
    """Raises ValueError or OSError where there is no manifest or it is none."""
    path = folder / MANIFEST
    if path.is_symlink():
        raise ValueError(f"expected {MANIFEST} in {folder}, found a link; copy the folder again")
    with reading("a manifest", path, remedy="copy the folder again", most_bytes=MOST_BYTES):
        found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"expected an object in {path}, got {type(found).__name__}; copy the folder again")
    return found
