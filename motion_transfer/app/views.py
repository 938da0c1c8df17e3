"""What the page shows of the store, as plain values for JSON."""

import json
import time
from dataclasses import asdict
from typing import Any

from motion_transfer.jobs.disk import free_gb
from motion_transfer.jobs.job import DONE, QUEUED, RUNNING, Job
from motion_transfer.jobs.outlook import Kind, kind_of, outlook
from motion_transfer.jobs.progress import EventReader, JobProgress
from motion_transfer.jobs.store import EVENTS, LOG, PERFORMER, PREVIEW, RESULT, SETTINGS, SOURCE, TARGET, Store
from motion_transfer.jobs.uploads import Uploads
from motion_transfer.jobs.worker import Worker

FRESH_S = 0.8  # however many ask, the store is looked at no more often
RESULTS = (RESULT, "result.report.html", "result.report.json", "result.report.png", PREVIEW, LOG, EVENTS, SETTINGS)
PLAYED = (".mp4", ".mov", ".webm", ".m4v")  # by browsers


class Views:
    """Looks at a store for any number of pages."""

    def __init__(self, store: Store, uploads: Uploads, worker: Worker) -> None:
        self._store, self._uploads, self._worker = store, uploads, worker
        self._readers: dict[str, EventReader] = {}
        self._kinds: dict[str, Kind] = {}  # which never change
        self._list: tuple[float, bytes] | None = None

    def fresh(self) -> bytes | None:
        """What `state` gave a moment ago; None where that is too long ago."""
        known = self._list
        return known[1] if known is not None and time.monotonic() - known[0] < FRESH_S else None

    def state(self) -> bytes:
        """All jobs and performers, the newest first, and what the disk says, as JSON."""
        jobs, now = self._store.index.all(), time.monotonic()
        queue = [job.id for job in jobs if job.state == QUEUED]
        content = {
            "jobs": [self._short(job, queue) for job in reversed(jobs) if self._store.folder(job.id).is_dir()],
            "performers": [asdict(one) for one in self._store.gallery.all()],
            "waiting": self._worker.waiting,
            "free_gb": round(free_gb(self._store.root), 1),
        }
        text = json.dumps(content).encode()
        self._list = (now, text)
        return text

    def forget(self) -> None:
        """Look anew the next time, because something was changed."""
        self._list = None

    def job(self, id: str) -> dict[str, Any]:
        """All that is known of a job."""
        job, progress = self._store.get(id), self.progress(id)
        return {
            **self._short(job, []),
            "stages": [asdict(stage) for stage in progress.stages],
            "notes": list(progress.notes),
            "files": sorted(self.files(id)),
            "source_file": next((name for name in self.files(id) if _is_played(name, SOURCE)), None),
            "with_performer": (self._store.folder(id) / PERFORMER).is_dir(),
        }

    def files(self, id: str) -> tuple[str, ...]:
        """The names in a job's folder that may be shown."""
        folder = self._store.folder(id)
        inputs = [path.name for name in (SOURCE, TARGET) if (path := self._store.input(id, name)) is not None]
        return (*(name for name in RESULTS if (folder / name).is_file()), *inputs)

    def progress(self, id: str) -> JobProgress:
        """How far a job is."""
        reader = self._readers.get(id)
        if reader is None:
            reader = self._readers[id] = EventReader(self._store.folder(id) / EVENTS)
        return reader.read()

    def _short(self, job: Job, queue: list[str]) -> dict[str, Any]:
        progress = self.progress(job.id) if job.state == RUNNING else JobProgress()
        stage = progress.stages[-1] if progress.stages else None
        if job.id not in self._kinds:
            self._kinds[job.id] = kind_of(self._store, job.id)
        kind, ends = self._kinds[job.id], None
        if job.state == RUNNING and not job.wish:
            ends = outlook(progress, kind)
        return {
            **asdict(job),
            "options": dict(kind.options),
            "ahead": queue.index(job.id) if job.id in queue else None,
            "stage": None if stage is None else stage.name,
            "training": stage is not None and stage.stage == "learn" and not stage.ended,
            "fraction": None if stage is None else stage.fraction,
            "left_s": None if stage is None else stage.left_s,
            "outlook": None if ends is None else str(ends),
            "previews": progress.previews,
            "done": job.state == DONE,
        }


def _is_played(name: str, kind: str) -> bool:
    return name.startswith(f"{kind}.") and name.endswith(PLAYED)
