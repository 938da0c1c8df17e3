"""A file or folder appears under its name complete or not at all: it is made beside its place and renamed.

What is made has an owner: a file beside it, which its process keeps locked. What nobody owns was left by a kill.
"""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from motion_transfer.files.locking import release, try_lock

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TEMPORARY = re.compile(r"\.(?P<stem>.+)\.partial-(?P<token>[\w-]+)(?P<suffix>\.[^.]*)?", re.DOTALL)
OWNER = ".owner"
LONGEST_STEM = 200  # bytes; names end at 255


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`, with its suffix; rename it to `path` when the block ends well.

    The block may make a file or a folder there. It is flushed to the disk before it gets its name, so that a power
    loss leaves the older one or the whole newer one. If the block raises, what it made is removed and `path` stays.

    Raises:
        OSError: what the block raised; a full disk is reported in one line.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path.parent, stem=path.stem)
    owner, held = _owned(path)
    temporary, older = owner.with_suffix(path.suffix), owner.with_suffix(".older")
    try:
        yield temporary
        _flush(temporary)
        if path.is_dir() and temporary.is_dir():
            os.rename(path, older)
            os.rename(temporary, path)
        else:
            os.replace(temporary, path)
        _flush_entry(path.parent)
    except OSError as failure:
        if failure.errno not in NO_ROOM:
            raise
        raise OSError(
            failure.errno, f"expected room on the disk for {path}, got none; free some space or write elsewhere"
        ) from failure
    finally:
        for left in (temporary, older, owner):
            remove(left)
        release(held)


def remove_abandoned(folder: Path, *, stem: str | None = None) -> None:
    """Remove from a folder what dead processes were making: of the name `stem`, or all.

    A process of another machine or container owns its work in the same way: by a lock.
    """
    for candidate in folder.iterdir():
        match = TEMPORARY.fullmatch(candidate.name)
        if match is None or (stem is not None and match["stem"] != _shortened(stem)):
            continue
        owner = candidate.with_name(f".{match['stem']}.partial-{match['token']}{OWNER}")
        held = None
        with suppress(FileNotFoundError):  # its owner may end meanwhile, and another process remove it
            if owner.exists() and (held := try_lock(owner)) is None:
                continue
            remove(candidate)
        if held is not None:
            release(held)


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _owned(path: Path) -> tuple[Path, BinaryIO]:
    """The owner file of something new in the folder of `path`, locked."""
    while True:
        owner = path.with_name(f".{_shortened(path.stem)}.partial-{secrets.token_hex(4)}{OWNER}")
        held = try_lock(owner)  # None where somebody who tidies up was quicker
        if held is not None:
            return owner, held


def _shortened(stem: str) -> str:
    return os.fsencode(stem)[:LONGEST_STEM].decode(errors="surrogateescape")


def _flush(path: Path) -> None:
    """Wait until a file, or a folder with all that is in it, is on the disk."""
    if path.is_dir():
        for child in path.iterdir():
            _flush(child)
    _flush_entry(path)


def _flush_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as failure:
        if failure.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that cannot
            raise
    finally:
        os.close(descriptor)
