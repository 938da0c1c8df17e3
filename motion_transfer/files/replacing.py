"""A file or folder appears under its name complete or not at all: it is made beside its place and renamed."""

import errno
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TEMPORARY = re.compile(r"\.(?P<stem>.+)\.partial-(?P<host>\w+)-(?P<process>\d+)(\.[^.]*)?")
FOREIGN_LIFETIME_S = 7 * 24 * 3600


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`, with its suffix; rename it to `path` when the block ends well.

    The block may make a file or a folder there. If it raises, what it made is removed and `path` stays as it was.

    Raises:
        OSError: what the block raised; a full disk is reported in one line.
    """
    with _temporary(path) as temporary:
        yield temporary
        if path.is_dir() and temporary.is_dir():
            older = _temporary_name(path, ".older")
            os.rename(path, older)
            os.rename(temporary, path)
            remove(older)  # which takes longer than the renaming, so that a kill hardly finds neither under the name
        else:
            os.replace(temporary, path)


@contextmanager
def creating_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder under a temporary name; rename it to `path` when the block ends well.

    A folder of that name that exists by then is kept, and the new one removed: others may be reading from it.

    Raises:
        OSError: what the block raised; a full disk is reported in one line.
    """
    with _temporary(path) as temporary:
        temporary.mkdir()
        yield temporary
        try:
            os.rename(temporary, path)  # fails where a folder with content has the name
        except OSError:
            if not path.is_dir():
                raise


def remove_abandoned(folder: Path, *, stem: str | None = None) -> None:
    """Remove temporary files of dead processes from a folder: those of the name `stem`, or all.

    A process of another machine cannot be asked whether it lives; what it left is removed after a week.
    """
    for candidate in folder.iterdir():
        match = TEMPORARY.fullmatch(candidate.name)
        if match is None or stem not in (None, match["stem"]):
            continue
        with suppress(FileNotFoundError):  # another process removes it at the same time
            if _is_abandoned(candidate, match):
                remove(candidate)


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path.parent, stem=path.stem)
    temporary = _temporary_name(path, path.suffix)
    remove(temporary)
    try:
        yield temporary
    except OSError as failure:
        if failure.errno not in NO_ROOM:
            raise
        raise OSError(
            failure.errno, f"expected room on the disk for {path}, got none; free some space or write elsewhere"
        ) from failure
    finally:
        remove(temporary)


def _temporary_name(path: Path, suffix: str) -> Path:
    return path.with_name(f".{path.stem}.partial-{_host()}-{os.getpid()}{suffix}")


def _is_abandoned(candidate: Path, match: re.Match[str]) -> bool:
    if match["host"] == _host():
        return not _is_alive(int(match["process"]))
    return time.time() - candidate.lstat().st_mtime > FOREIGN_LIFETIME_S


def _host() -> str:
    return re.sub(r"\W", "_", platform.node()) or "unknown"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives and is another user's
        return True
    return True
