"""Locks between processes: one lock file per thing that only one process at a time may write.

The operating system holds the lock and frees it when the process ends, however it ends. A lock file that a killed
process leaves behind locks nothing.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

POLL_S = 0.1

log = logging.getLogger(__name__)


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file while the block runs, as `acquire` does; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = acquire(path, what)
    try:
        yield
    finally:
        release(held)


def acquire(path: Path, what: str, *, shared: bool = False) -> BinaryIO:
    """The open lock file; waits as long as another process or thread holds it.

    The wait is reported once and can be interrupted, since it polls.

    Args:
        path: the lock file; it is made where it is missing and stays afterwards.
        what: what the other process is doing, for the report, e.g. `computes captures`.
        shared: others may hold it shared as well.
    """
    held = try_lock(path, shared=shared)
    if held is None:
        log.info("another run %s; waiting for it", what)
        while (held := try_lock(path, shared=shared)) is None:
            time.sleep(POLL_S)
    return held


def try_lock(path: Path, *, shared: bool = False) -> BinaryIO | None:
    """The open lock file, or None where another process or thread holds it, as `acquire` gives it.

    The lock ends when the file is closed, or by `release`.
    """
    file = path.open("ab")
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    if _is_at(path, file):
        return file
    file.close()  # its last holder has removed it, and whoever comes next locks another file
    return None


def release(held: BinaryIO) -> None:
    """End a lock; also where a forked process, such as a worker of a training, has the file open as well."""
    if not held.closed:
        fcntl.flock(held, fcntl.LOCK_UN)
        held.close()


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
