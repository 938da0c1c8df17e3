"""The one door for files that the user gives: whatever is wrong with one ends in one line."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_REASON = 200  # letters of what a library says
WITH_NAME = (LookupError, ArithmeticError, AssertionError, AttributeError)  # whose texts alone say nothing


class UnreadableFileError(ValueError):
    """A file is not what it is read as. The message says what was expected, what came and what to do."""


@contextmanager
def reading(what: str, path: Path, *, remedy: str, most_bytes: int | None = None) -> Iterator[None]:
    """Check that a file can be read, and turn every exception of the block, which reads it, into one line.

    Args:
        what: what the file should be, such as `a stored Camera`.
        remedy: what the user can do about a file that is something else.
        most_bytes: size of the largest such file; None for any size.

    Raises:
        FileNotFoundError: there is no file.
        PermissionError: it may not be read.
        UnreadableFileError: it is a folder, a pipe or a device, it is too large, or the block raised an exception.
    """
    _check_file(what, path, remedy, most_bytes)
    try:
        yield
    except (FileNotFoundError, PermissionError, UnreadableFileError):
        raise
    except Exception as broken:  # readers of damaged files fail in any way that their instructions can
        raise UnreadableFileError(f"expected {what}, got {path} ({_reason(broken)}); {remedy}") from broken


def _check_file(what: str, path: Path, remedy: str, most_bytes: int | None) -> None:
    """Refuse what is no regular file: reading a pipe or a device may never end."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise FileNotFoundError(f"expected {what}, found no file at {path}; check the path") from missing
    except (OSError, ValueError) as odd:  # a loop of links, a name that is too long or holds a zero byte
        raise UnreadableFileError(f"expected {what}, got {str(path)!r} ({_reason(odd)}); check the path") from odd
    if stat.S_ISDIR(found.st_mode):
        raise UnreadableFileError(f"expected {what}, got the folder {path}; name a file")
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFileError(f"expected {what}, got {path}, which is a pipe or a device; name a file")
    if most_bytes is not None and found.st_size > most_bytes:
        raise UnreadableFileError(
            f"expected {what} of at most {most_bytes} bytes, got {path} of {found.st_size} bytes; {remedy}"
        )


def _reason(broken: BaseException) -> str:
    """The first line of what an exception says, of a wrong type the second as well, cut to a sensible length."""
    lines = [line for line in str(broken).splitlines() if line.strip()]
    said = lines[: 2 if isinstance(broken, TypeError) else 1]
    text = " ".join(" ".join(said).split()) or "it ends early"
    if isinstance(broken, OSError) and broken.strerror:
        text = broken.strerror.lower()
    if not lines or isinstance(broken, WITH_NAME):
        text = f"{type(broken).__name__}: {text}"
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."
