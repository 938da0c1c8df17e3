"""A job's turn: it runs only while its process holds the lock of the device, and only if it still waits."""

import time
from collections.abc import Callable
from typing import Any

from motion_transfer.files.locking import release, try_lock
from motion_transfer.jobs.job import QUEUED, RUNNING, Job
from motion_transfer.jobs.store import Store

Changes = dict[str, Any]


def run_claimed(store: Store, id: str, attempt: Callable[[Job], Changes]) -> bool:
    """Run a job that waits, unless something else runs on its device; whether it ran.

    Args:
        attempt: does the work, and gives how it ended as changes of the job, its state among them.
    """
    job = store.get(id)
    held = try_lock(store.lane_lock(job.lane))
    if held is None:
        return False
    try:
        started: Changes = {"state": RUNNING, "wish": "", "started_s": time.time(), "attempts": job.attempts + 1}
        if not store.change(id, (QUEUED,), **started):
            return False
        ended = attempt(job)
        store.change(id, (RUNNING,), ended_s=time.time(), **ended)
        return True
    finally:
        release(held)
