"""Checks of the paths that a user gives, before any work is done."""

from collections.abc import Collection
from pathlib import Path


def existing_file(path: str, what: str) -> Path:
    """The path of a file that exists.

    Args:
        what: what the file should be, for the error.

    Raises:
        FileNotFoundError: there is no file at the path.
    """
    found = Path(path)
    if not found.is_file():
        raise FileNotFoundError(f"expected {what}, found no file at {found}; check the path")
    return found


def check_replaceable(folder: Path, holds: Collection[str]) -> None:
    """Check that a result may replace a folder: it is new, empty, or holds an older result and nothing else.

    Args:
        folder: where the result goes.
        holds: the file names of such a result.

    Raises:
        ValueError: there is a file, or a folder that holds something else.
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
