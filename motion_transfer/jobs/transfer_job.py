"""A job's settings and inputs -> its result: a transfer with its events in the job's folder."""

import os
import threading
import time
from pathlib import Path
from typing import cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble
from motion_transfer.chain import open_inputs, perform
from motion_transfer.jobs.event_log import EventLog
from motion_transfer.jobs.job import CANCEL, FINISH, Job
from motion_transfer.jobs.options import composed, typed
from motion_transfer.jobs.store import PERFORMER, POSTERS, RESULT, SOURCE, TARGET, Store
from motion_transfer.run import Run
from motion_transfer.stages import LearnedPerformer

ASKED_EVERY_S = 0.3


def transfer_job(store: Store, job: Job) -> str:
    """Run the whole transfer of a job, whose inputs and results are named within its folder alone.

    Returns:
        The performer's name in the gallery.
    """
    settings, folder = store.settings(job.id), store.folder(job.id)
    os.chdir(folder)
    events = EventLog(folder)
    source, target = (_named(store, job.id, name) for name in (SOURCE, TARGET))
    performer = Path(PERFORMER) if (folder / PERFORMER).is_dir() else None
    if source is None:
        raise ValueError("expected a job with a source, got none in its folder; make the job anew")
    config = composed(settings, source, target, performer)
    own = {"output": Path(RESULT), "work_dir": store.root / "work"}
    config = cast(DictConfig, OmegaConf.merge(config, own))
    inputs = open_inputs(config)
    made = assemble(config, [events])
    watcher = threading.Thread(target=_watch, args=(store, job.id, made.run), daemon=True, name="wishes")
    watcher.start()
    _, learned = perform(inputs, config, made, typed(settings, source, target, performer, Path(RESULT)))
    return _keep(store, job, learned, settings.target_title) if performer is None else ""


def _named(store: Store, id: str, name: str) -> Path | None:
    """An input by its name within the job's folder, so that no path of this machine gets into a report."""
    found = store.input(id, name)
    return None if found is None else Path(found.name)


def _keep(store: Store, job: Job, learned: LearnedPerformer, name: str) -> str:
    poster = store.folder(job.id) / POSTERS[TARGET]
    return store.gallery.keep(learned.folder, name, poster if poster.is_file() else None)


def _watch(store: Store, id: str, run: Run) -> None:
    """Pass on to the run what is asked of the job."""
    done: set[str] = set()
    while True:
        job = store.index.get(id)
        wish = "" if job is None else job.wish
        if wish == FINISH and wish not in done:
            run.finish_training()
        if wish == CANCEL and wish not in done:
            run.cancel()
        done.add(wish)
        time.sleep(ASKED_EVERY_S)
