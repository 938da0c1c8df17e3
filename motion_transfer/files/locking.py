"""Locks between processes: one lock file per thing that only one process at a time may write.

The operating system holds the lock and frees it when the process ends, however it ends. A lock file that a killed
process leaves behind locks nothing.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

POLL_S = 0.1

log = logging.getLogger(__name__)


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file while the block runs; wait as long as another process or thread holds it.

    The wait is reported once and can be interrupted, since it polls.

    Args:
        path: the lock file; it is made where it is missing and stays afterwards, because removing it could split a lock
            in two.
        what: what the other process is doing, for the report, e.g. `computes captures`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    if not _acquired(lock):
        log.info("another run %s; waiting for it", what)
        while not _acquired(lock):
            time.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
