"""Starts the jobs of a store: one at a time on each device, in order, each in a process of its own.

Any number of workers may serve a store, and any of them may be killed: a job's process keeps the lock of its device
while it lives, and whatever is said to run while nobody holds that lock has died.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from motion_transfer.files.locking import release, try_lock
from motion_transfer.jobs.disk import check_free
from motion_transfer.jobs.job import CANCEL, CANCELLED, FAILED, QUEUED, RUNNING, Job
from motion_transfer.jobs.store import LOG, Store

MOST_ATTEMPTS = 3
DAY_S, EXPIRE_EVERY_S = 86400.0, 600.0
STOPS_WITHIN_S = 60.0  # after it was asked to, before its process is killed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How jobs are started.

    Attributes:
        keep_days: jobs that ended longer ago are deleted; None keeps all.
        least_free_gb: of the disk; with less no job is started.
        poll_s: how often it is looked for jobs.
    """

    keep_days: float | None = None
    least_free_gb: float = 2.0
    poll_s: float = 0.5

    def __post_init__(self) -> None:
        if (self.keep_days is not None and self.keep_days <= 0) or self.least_free_gb < 0 or self.poll_s <= 0:
            raise ValueError(f"expected keep_days and poll_s above 0 and least_free_gb of at least 0, got {self}")


@runtime_checkable
class JobProcess(Protocol):
    """The process of a job, as `subprocess.Popen` is one."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, when it has ended."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


@dataclass(slots=True)
class _Child:
    id: str
    process: JobProcess
    cancelled_s: float | None = None


def start_job(store: Store, id: str) -> "subprocess.Popen[bytes]":
    """Start the process of a job; it goes on when its starter is killed."""
    with (store.folder(id) / LOG).open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "motion_transfer.jobs.job_process", str(store.root), id],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=Path("/"),
            start_new_session=True,
        )


@dataclass(slots=True)
class Worker:
    """Starts what waits in a store.

    Attributes:
        start: gives the process of a job.
        waiting: why no job is started at the moment, in one line; empty where one may be.
    """

    store: Store
    settings: WorkerSettings
    start: Callable[[Store, str], JobProcess] = start_job
    waiting: str = ""
    _children: dict[str, _Child] = field(default_factory=dict)
    _expired_s: float = 0.0

    def run(self, stop: threading.Event) -> None:
        """Start jobs until told to stop; then those that run are put back into the queue."""
        self.store.remove_abandoned()
        try:
            while not stop.wait(self.settings.poll_s):
                try:
                    self.step()
                except OSError as failure:  # of the disk, which may have room again
                    log.warning("jobs wait: %s", failure)
        finally:
            self.stop()

    def run_until_empty(self) -> None:
        """Start jobs until none waits or runs."""
        self.store.remove_abandoned()
        try:
            while any(job.state in (QUEUED, RUNNING) for job in self.store.index.all()):
                self.step()
                time.sleep(self.settings.poll_s)
        finally:
            self.stop()

    def step(self) -> None:
        """Look once after every device."""
        jobs = self.store.index.all()
        for lane in sorted({job.lane for job in jobs if job.state in (QUEUED, RUNNING)} | set(self._children)):
            self._serve(lane, [job for job in jobs if job.lane == lane])
        if self.settings.keep_days is not None and time.monotonic() - self._expired_s > EXPIRE_EVERY_S:
            self._expired_s = time.monotonic()
            for job in self.store.expire(self.settings.keep_days * DAY_S):
                log.info("deleted %s, which ended %g days ago", job.title, self.settings.keep_days)

    def stop(self) -> None:
        """End the processes of jobs as a scheduler does; they go on where they were when a worker starts them again."""
        for child in self._children.values():
            child.process.terminate()
        for child in self._children.values():
            try:
                child.process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._children.clear()

    def _serve(self, lane: str, jobs: list[Job]) -> None:
        child = self._children.get(lane)
        if child is not None and child.process.poll() is None:
            self._insist(child)
            return
        if child is not None:
            self._note_failed_start(self._children.pop(lane))
        held = try_lock(self.store.lane_lock(lane))
        if held is None:  # a job of another worker, or of one that was killed
            return
        try:
            for job in jobs:
                if job.state == RUNNING:
                    self._recover(job.id)
        finally:
            release(held)
        first = next((job for job in self.store.index.all() if job.lane == lane and job.state == QUEUED), None)
        if first is not None and self._has_room():
            self._children[lane] = _Child(first.id, self.start(self.store, first.id))

    def _insist(self, child: _Child) -> None:
        """Kill a process that does not end although its job was cancelled."""
        job = self.store.index.get(child.id)
        if job is None or job.wish != CANCEL or job.state != RUNNING:
            child.cancelled_s = None
        elif child.cancelled_s is None:
            child.cancelled_s = time.monotonic()
        elif time.monotonic() - child.cancelled_s > STOPS_WITHIN_S:
            child.process.kill()
            child.process.wait()

    def _recover(self, id: str) -> None:
        """Queue a job anew whose process has died; the lock of its device is held meanwhile."""
        job = self.store.index.get(id)  # as it is now that nothing runs
        if job is None or job.state != RUNNING:
            return
        if job.wish == CANCEL:
            self.store.change(id, (RUNNING,), state=CANCELLED, ended_s=time.time())
        elif job.attempts >= MOST_ATTEMPTS:
            error = (
                f"expected its process to end well, but it died {job.attempts} times; memory may be short: see log.txt"
            )
            self.store.change(id, (RUNNING,), state=FAILED, error=error, ended_s=time.time())
        else:
            self.store.change(id, (RUNNING,), state=QUEUED)

    def _note_failed_start(self, child: _Child) -> None:
        """Count a process that ended before its job could begin, such as one of a damaged installation."""
        job = self.store.index.get(child.id)
        if job is not None and job.state == QUEUED and (child.process.poll() or 0) > 0:
            self.store.change(job.id, (QUEUED,), attempts=job.attempts + 1)
            if job.attempts + 1 >= MOST_ATTEMPTS:
                self._give_up(job.id, job.attempts + 1)

    def _give_up(self, id: str, attempts: int) -> None:
        error = f"expected its process to end well, but it died {attempts} times; memory may be short: see {LOG}"
        self.store.change(id, (QUEUED, RUNNING), state=FAILED, error=error, ended_s=time.time())

    def _has_room(self) -> bool:
        try:
            check_free(self.store.root, self.settings.least_free_gb)
        except OSError as full:
            self.waiting = str(full)
            return False
        self.waiting = ""
        return True
