"""All jobs of a place: a folder each, and an index. Whatever changes them, page, command or job, goes through here."""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from motion_transfer.files.locking import locked
from motion_transfer.files.replacing import remove, remove_abandoned
from motion_transfer.jobs.disk import link, link_folder
from motion_transfer.jobs.gallery import Gallery
from motion_transfer.jobs.index import open_index
from motion_transfer.jobs.job import CANCEL, CANCELLED, ENDED, FINISH, QUEUED, RUNNING, Job, JobSettings, check_id

SETTINGS, STATE, EVENTS, LOG, RESULT, PREVIEW = (
    *("settings.json", "state.json", "events.jsonl", "log.txt"),
    *("result.mp4", "preview.jpg"),
)
SOURCE, TARGET, PERFORMER = "source", "target", "performer"  # inputs in a job's folder: files with a suffix, a folder
POSTERS = {SOURCE: "source_poster.jpg", TARGET: "target_poster.jpg"}
NO_POSTERS: Mapping[str, Path] = MappingProxyType({})
NO_SUFFIX = ".mp4"  # of a file without one; what it is tells its content
ABANDONED_S = 3600.0
DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))  # of a GPU that CUDA can use, on Linux and within Windows


class Store:
    """Jobs, their inputs and results, and learned performers, in one folder.

    Args:
        root: the folder, which is made where it is missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        for name in ("jobs", "uploads", "work", "locks"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.gallery = Gallery(self.root / "performers")
        self.index = open_index(self.root / "jobs.sqlite")
        with self._alone():
            self.index.restore(list(self._kept()))

    def folder(self, id: str) -> Path:
        """The folder of a job."""
        return self.root / "jobs" / check_id(id)

    def input(self, id: str, name: str) -> Path | None:
        """The file of a job's source or target; None where it has none."""
        return next(iter(sorted(self.folder(id).glob(f"{name}.*"))), None)

    def lane_lock(self, lane: str) -> Path:
        """What whoever runs a job on a device keeps locked."""
        return self.root / "locks" / lane

    def settings(self, id: str) -> JobSettings:
        """What a job is to do."""
        content = json.loads((self.folder(id) / SETTINGS).read_text(encoding="utf-8"))
        return JobSettings(**{**content, "overrides": tuple(content["overrides"])})

    def get(self, id: str) -> Job:
        """A job by its name.

        Raises:
            ValueError: there is none.
        """
        found = self.index.get(check_id(id))
        if found is None:
            raise ValueError(f"expected the name of a job, got {id}, which is not there any more; reload the list")
        return found

    def add(
        self,
        settings: JobSettings,
        *,
        source: Path | None = None,
        target: Path | None = None,
        performer: Path | None = None,
        posters: Mapping[str, Path] = NO_POSTERS,
    ) -> Job:
        """Queue a job. Its inputs get a place of their own, so that they may go where they are.

        Args:
            source, target: files.
            performer: the folder of one learned before, in place of a target.
            posters: pictures of source and target, by these names.
        """
        id = secrets.token_hex(8)
        fresh = self.root / "jobs" / f".new-{id}"
        fresh.mkdir()
        for name, path in ((SOURCE, source), (TARGET, target)):
            if path is not None:
                link(path, fresh / f"{name}{path.suffix.lower() or NO_SUFFIX}")
        for name, path in posters.items():
            link(path, fresh / POSTERS[name])
        if performer is not None:
            link_folder(performer, fresh / PERFORMER)
        (fresh / SETTINGS).write_text(json.dumps(asdict(settings), indent=2), encoding="utf-8")
        job = Job(
            id=id,
            position=0,
            title=settings.title,
            state=QUEUED,
            lane=lane(str(settings.options.get("device", "auto"))),
            created_s=time.time(),
        )
        with self._alone():
            os.rename(fresh, self.folder(id))
            self.index.add(job)
        self._keep_state(id)
        return self.get(id)

    def again(self, id: str, settings: JobSettings | None = None) -> Job:
        """Queue a new job with the inputs of another one, and with its settings where none are given."""
        performer = self.folder(id) / PERFORMER
        posters = {name: path for name in POSTERS if (path := self.folder(id) / POSTERS[name]).is_file()}
        return self.add(
            self.settings(id) if settings is None else settings,
            source=self.input(id, SOURCE),
            target=self.input(id, TARGET),
            performer=performer if performer.is_dir() else None,
            posters=posters,
        )

    def cancel(self, id: str) -> None:
        """End a job: at once where it waits, else as soon as it hears of it. What it computed stays."""
        if not self.change(id, (QUEUED,), state=CANCELLED, ended_s=time.time()):
            self.change(id, (RUNNING,), wish=CANCEL)

    def finish(self, id: str) -> None:
        """Have a running job end its training with the best so far, and go on to its result."""
        self.change(id, (RUNNING,), wish=FINISH)

    def resume(self, id: str) -> None:
        """Put a job that has ended at the end of the queue; it finds what it had computed."""
        again = {"state": QUEUED, "wish": "", "error": "", "attempts": 0, "started_s": None, "ended_s": None}
        self.change(id, ENDED, last=True, **again)

    def delete(self, id: str) -> None:
        """Remove a job and its results.

        Raises:
            ValueError: it runs.
        """
        gone = self.root / "jobs" / f".deleted-{self.get(id).id}"
        with self._alone():
            if not self.index.remove(id, (QUEUED, *ENDED)):
                raise ValueError("expected a job that does not run, got one that does; cancel it first")
            os.rename(self.folder(id), gone)
        remove(gone)

    def expire(self, older_than_s: float) -> list[Job]:
        """Delete the jobs that ended longer ago, and give them."""
        before = time.time() - older_than_s
        old = [job for job in self.index.all() if job.state in ENDED and (job.ended_s or job.created_s) < before]
        for job in old:
            self.delete(job.id)
        return old

    def change(self, id: str, states: Sequence[str], *, last: bool = False, **changes: object) -> bool:
        """Change a job if it is in one of some states, as the index does, and keep its state in its folder."""
        done = self.index.change(id, states, last=last, **changes)
        if done:
            self._keep_state(id)
        return done

    def _keep_state(self, id: str) -> None:
        """Write what the index knows beside the job, so that an index can be made anew."""
        folder = self.folder(id)
        with self._alone():
            job, fresh = self.index.get(id), folder / f".{STATE}"
            if job is not None and folder.is_dir():
                fresh.write_text(json.dumps(asdict(job), indent=2), encoding="utf-8")
                fresh.replace(folder / STATE)

    def _alone(self) -> AbstractContextManager[None]:
        """While folders and index change together."""
        return locked(self.root / "locks" / "states", "notes the state of a job")

    def _kept(self) -> Iterator[Job]:
        """The jobs in folders that the index does not know, because it is new or a kill came between."""
        known = {job.id for job in self.index.all()}
        for folder in sorted((self.root / "jobs").iterdir()):
            if folder.name.startswith(".") or folder.name in known:
                continue
            try:
                yield Job(**json.loads((folder / STATE).read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):  # killed before its state was noted
                yield from self._from_settings(folder)

    def _from_settings(self, folder: Path) -> Iterator[Job]:
        """A job of which nothing but its settings is known waits for somebody who resumes it."""
        if (folder / SETTINGS).is_file():
            title, made_s = self.settings(folder.name).title, (folder / SETTINGS).stat().st_mtime
            job = Job(id=folder.name, position=0, title=title, state=CANCELLED, lane="cpu", created_s=made_s)
            yield replace(job, lane=lane(str(self.settings(folder.name).options.get("device", "auto"))))

    def remove_abandoned(self) -> None:
        """Remove what kills left half made; only for the one that starts jobs."""
        for left in (self.root / "jobs").glob(".*-*"):
            if time.time() - left.stat().st_mtime > ABANDONED_S:
                remove(left)
        remove_abandoned(self.gallery.root)


def lane(device: str) -> str:
    """The lane of a job for a device as the settings name it: `auto` takes a GPU where its driver is there."""
    gpu = device == "cuda" or (device == "auto" and any(driver.exists() for driver in DRIVERS))
    return "cuda" if gpu else "cpu"
