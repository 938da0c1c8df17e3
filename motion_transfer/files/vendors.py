"""Versions of the packages of others that shape results: part of what a result is stored under.

A prepared folder notes those that it was prepared with, because the machine that trains from it may lack some.
"""

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from motion_transfer.files.replacing import replacing

NOTED = "versions.json"
ABSENT = "none"


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
    try:
        noted = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return {name: str(noted.get(name) or installed(name)) for name in packages}
    except (ValueError, AttributeError, RecursionError) as failure:
        raise ValueError(f"expected versions of packages in {path}, got something else; prepare anew") from failure


def installed(package: str) -> str:
    """Its version here, `none` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT
