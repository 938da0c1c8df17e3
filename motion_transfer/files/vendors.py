"""Versions of the packages of others that shape results: part of what a result is stored under.

A prepared folder notes those that it was prepared with, because the machine that trains from it may lack some.
"""

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing

NOTED = "versions.json"
ABSENT = "none"
MOST_BYTES = 1 << 20


def note_versions(folder: Path, packages: Iterable[str]) -> None:
    """Note in a folder which versions are installed here."""
    with replacing(folder / NOTED) as fresh:
        fresh.write_text(json.dumps({name: installed(name) for name in packages}, indent=1), encoding="utf-8")


def versions_in(folder: Path, packages: Iterable[str]) -> Mapping[str, str]:
    """The versions that a folder notes, and of what it does not note those that are installed here.

    Raises:
        ValueError: what the folder notes cannot be read.
    """
    path = folder / NOTED
    noted = _noted(path) if path.exists() else {}
    return {name: noted.get(name) or installed(name) for name in packages}


def _noted(path: Path) -> dict[str, str]:
    with reading("versions of packages", path, remedy="prepare anew", most_bytes=MOST_BYTES):
        return {str(name): str(noted) for name, noted in json.loads(path.read_text(encoding="utf-8")).items() if noted}


def installed(package: str) -> str:
    """Its version here, `none` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT
