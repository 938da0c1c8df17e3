"""A file or folder appears under its name complete or not at all: it is made beside its place and renamed."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MARK = ".partial-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`, with its suffix; rename it to `path` when the block ends well.

    The block may make a file or a folder there. If it raises, what it made is removed and `path` stays as it was.

    Raises:
        OSError: what the block raised; a full disk is told in one line.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    temporary = path.with_name(f".{path.stem}{MARK}{os.getpid()}{path.suffix}")
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


def remove_abandoned(path: Path) -> None:
    """Remove the temporary files of `path` whose process has died."""
    head = f".{path.stem}{MARK}"
    for candidate in path.parent.iterdir():
        name = candidate.name
        if not (name.startswith(head) and name.endswith(path.suffix)):
            continue
        process = name[len(head) : len(name) - len(path.suffix)]
        if process.isdigit() and not _is_alive(int(process)):
            remove(candidate)


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives and is another user's
        return True
    return True
