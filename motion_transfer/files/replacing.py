"""A file or folder appears under its name complete or not at all: it is made beside its place and renamed."""

import errno
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TEMPORARY = re.compile(r"\.(?P<stem>.+)\.partial-(?P<host>\w+)-(?P<process>\d+)(\.[^.]*)?")
FOREIGN_LIFETIME_S = 7 * 24 * 3600


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`, with its suffix; rename it to `path` when the block ends well.

    The block may make a file or a folder there. If it raises, what it made is removed and `path` stays as it was.

    Raises:
        OSError: what the block raised; a full disk is told in one line.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path.parent, stem=path.stem)
    temporary = path.with_name(f".{path.stem}.partial-{_host()}-{os.getpid()}{path.suffix}")
    remove(temporary)
    try:
        yield temporary
        if path.is_dir() and temporary.is_dir():
            remove(path)
        os.replace(temporary, path)
    except OSError as failure:
        if failure.errno not in NO_ROOM:
            raise
        raise OSError(
            failure.errno, f"expected room on the disk for {path}, got none; free some space or write elsewhere"
        ) from failure
    finally:
        remove(temporary)


def remove_abandoned(folder: Path, *, stem: str | None = None) -> None:
    """Remove temporary files of dead processes from a folder: those of the name `stem`, or all.

    A process of another machine cannot be asked whether it lives; what it left is removed after a week.
    """
    for candidate in folder.iterdir():
        match = TEMPORARY.fullmatch(candidate.name)
        if match is None or stem not in (None, match["stem"]):
            continue
        if match["host"] == _host():
            dead = not _is_alive(int(match["process"]))
        else:
            dead = time.time() - candidate.lstat().st_mtime > FOREIGN_LIFETIME_S
        if dead:
            remove(candidate)


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
