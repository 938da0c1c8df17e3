"""Checks of the paths that a user gives, before any work is done."""

import os
from collections.abc import Container
from pathlib import Path

LONGEST_TITLE = 100  # bytes of each of two names that a result is called by; names of files end at 255


def existing_file(path: str | Path, what: str) -> Path:
    """The path of a file that exists.

    Args:
        what: what the file should be, for the error.

    Raises:
        FileNotFoundError: there is no file at the path.
    """
    found = Path(path)
    if found.is_dir():
        raise FileNotFoundError(f"expected {what}, got the folder {found}; name a file in it")
    if not found.is_file():
        raise FileNotFoundError(f"expected {what}, found no file at {found}; check the path")
    return found


def existing_footage(path: str | Path, what: str) -> Path:
    """The path of a file, of a folder, or a pattern of numbered pictures such as `frames/%05d.png`.

    Raises:
        FileNotFoundError: there is neither.
    """
    found = Path(path)
    pattern = "%" in found.name and not found.is_file() and found.parent.is_dir()
    return found if found.is_dir() or pattern else existing_file(found, what)


def name_of_own(name: str, what: str) -> str:
    """The name, if it can name a file or folder right in the folder that it is put into.

    Args:
        what: what the name is of, for the error.

    Raises:
        ValueError: it is empty, leads to another folder, or is hidden.
    """
    if not name or name.startswith(".") or any(letter in "/\\" or ord(letter) < 32 for letter in name):
        raise ValueError(f"expected a plain name for {what}, got {name!r}; leave out folders and leading dots")
    return name


def title(path: str | Path) -> str:
    """The name of a file without its ending, short enough for a name that is made of two."""
    return Path(path).stem.encode(errors="surrogateescape")[:LONGEST_TITLE].decode(errors="ignore").strip()


def check_replaceable(folder: Path, holds: Container[str]) -> None:
    """Check that a result may replace a folder: it is new, empty, or holds an older result and nothing else.

    Args:
        folder: where the result goes.
        holds: the file names of such a result.

    Raises:
        ValueError: there is a file, or a folder that holds something else, or none can be made there.
    """
    if folder.is_dir():
        others = sorted(path.name for path in folder.iterdir() if path.name not in holds)
        if others:
            raise ValueError(
                f"expected a new folder or one with an older result, got {folder}, which holds {others[0]!r} as well; "
                "name another one"
            )
    elif folder.exists():
        raise ValueError(f"expected a folder, got the file {folder}; name another one")
    _check_place(folder)


def _check_place(folder: Path) -> None:
    """Refuse a place whose nearest folder that is there cannot be written to; nothing is made to find out."""
    nearest = next(parent for parent in folder.absolute().parents if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        reason = "permission denied" if nearest.is_dir() else f"{nearest} is a file"
        raise ValueError(f"expected a place to write to, got {folder} ({reason}); choose another place")
