"""`jobs`: transfers that wait, run and have ended: lists, queues, ends, resumes, deletes and works on them."""

import time
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.files.assets import cache_dir
from motion_transfer.files.paths import existing_file
from motion_transfer.jobs.job import ENDED, RUNNING, Job, JobSettings, plain_title
from motion_transfer.jobs.options import composed, read_options
from motion_transfer.jobs.outlook import kind_of, outlook
from motion_transfer.jobs.progress import EventReader
from motion_transfer.jobs.store import EVENTS, RESULT, Store
from motion_transfer.jobs.worker import Worker, WorkerSettings

DONE = {"cancel": "Cancelled", "finish": "Finishes", "resume": "Queued", "delete": "Deleted"}


def main(config: DictConfig) -> list[Job]:
    """Do what is asked for, and list all jobs."""
    settings = WorkerSettings(keep_days=config.keep_days, least_free_gb=config.least_free_gb)
    store = open_store(config)
    if config.source is not None:
        print(f"Queued: {_add(store, config).id}")
    for verb, said in DONE.items():
        if config[verb] is not None:
            job = store.get(str(config[verb]))
            getattr(store, verb)(job.id)
            print(f"{said}: {job.id}")
    if config.work:
        Worker(store, settings).run_until_empty()
    jobs = store.index.all()
    print("\n".join([*(_line(store, job) for job in jobs), f"{len(jobs)} jobs in {store.root}"]))
    return jobs


def open_store(config: DictConfig) -> Store:
    """The store that the setting `folder` names, else the one in the user's cache folder."""
    return Store(Path(config.folder) if config.folder else cache_dir() / "jobs")


def _add(store: Store, config: DictConfig) -> Job:
    source = existing_file(config.source, "a source video or motion file")
    target = None if config.target is None else existing_file(config.target, "a target video")
    performer = None if config.performer is None else Path(config.performer)
    if (target is None) == (performer is None):
        raise ValueError("expected SOURCE with a TARGET or performer=DIR, got both or neither; give one of them")
    names = [plain_title(path.stem) for path in (source, target or performer or source)]
    options = read_options(dict(config.job))
    settings = JobSettings(source_title=names[0], target_title=names[1], options=options)
    composed(settings, source, target, performer)  # refuses now what could not run
    return store.add(settings, source=source, target=target, performer=performer)


def _line(store: Store, job: Job) -> str:
    ran = "" if job.started_s is None else f", {(job.ended_s or time.time()) - job.started_s:.0f} s"
    told = {"done": str(store.folder(job.id) / RESULT), "failed": job.error}.get(job.state, "")
    if job.state == RUNNING:
        progress = EventReader(store.folder(job.id) / EVENTS).read()
        left = outlook(progress, kind_of(store, job.id))
        told = progress.stages[-1].name if progress.stages else "begins"
        told += "" if left is None else f", {left} left"
    return f"{job.id}  {job.state:<9}  {job.title}{ran if job.state in (*ENDED, RUNNING) else ''}  {told}".rstrip()
