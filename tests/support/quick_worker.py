"""A worker that starts quick jobs: `python quick_worker.py STORE SECONDS` until it is killed."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from motion_transfer.jobs.store import Store
from motion_transfer.jobs.worker import Worker, WorkerSettings

QUICK_JOB = Path(__file__).with_name("quick_job.py")


def start(store: Store, id: str, seconds: float) -> "subprocess.Popen[bytes]":
    """The process of one quick job."""
    words = [sys.executable, str(QUICK_JOB), str(store.root), id, str(seconds)]
    return subprocess.Popen(words, start_new_session=True)


def make_worker(store: Store, seconds: float) -> Worker:
    return Worker(store, WorkerSettings(least_free_gb=0.0, poll_s=0.05), start=lambda one, id: start(one, id, seconds))


def wait_until(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    """Wait until the condition holds."""
    start_s = time.monotonic()
    while not condition():
        assert time.monotonic() - start_s < timeout_s
        time.sleep(0.02)


if __name__ == "__main__":
    make_worker(Store(Path(sys.argv[1])), float(sys.argv[2])).run(threading.Event())
