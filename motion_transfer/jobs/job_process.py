"""The process of one job: `python -m motion_transfer.jobs.job_process STORE JOB` runs it and notes how it ended."""

import logging
import os
import sys
import threading
import time
import traceback
import warnings
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import Assembled, assemble
from motion_transfer.cancellation import Cancelled
from motion_transfer.chain import open_inputs, perform
from motion_transfer.configuration.mistakes import USER_MISTAKES, one_line
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.locking import locked
from motion_transfer.jobs.claim import Changes, run_claimed
from motion_transfer.jobs.disk import link
from motion_transfer.jobs.event_log import EventLog
from motion_transfer.jobs.job import CANCEL, CANCELLED, DONE, FAILED, FINISH, QUEUED, Job
from motion_transfer.jobs.options import composed
from motion_transfer.jobs.store import LOG, PERFORMER, RESULT, SOURCE, TARGET, Store
from motion_transfer.protocols.drawn_pair import DRAW, write_clip
from motion_transfer.run import Run
from motion_transfer.signals import CancelledBySignal, cancelled_by_signals
from motion_transfer.stages import LearnedPerformer
from motion_transfer.synthetic.pair import make_pair

ASKED_EVERY_S = 0.3
EXAMPLE_SIZE, EXAMPLE_S, EXAMPLE_FPS = ImageSize(height=384, width=320), 4.0, Fraction(12)


def attempt(store: Store, job: Job) -> Changes:
    """Run a job; how it ended, as changes of it."""
    events = EventLog(store.folder(job.id))
    try:
        with cancelled_by_signals():
            performer = _transfer(store, job, events)
    except CancelledBySignal:  # whoever starts jobs ends, and starts this one again when it is back
        return {"state": QUEUED, "attempts": job.attempts}
    except Cancelled:
        return {"state": CANCELLED}
    except USER_MISTAKES as mistake:
        traceback.print_exc()
        return {"state": FAILED, "error": one_line(mistake)}
    except Exception as defect:
        traceback.print_exc()
        return {"state": FAILED, "error": f"a defect of the program, {type(defect).__name__}: {one_line(defect)}"}
    finally:
        events.close()
    return {"state": DONE, "performer": performer, "error": ""}


def _transfer(store: Store, job: Job, events: EventLog) -> str:
    """The whole transfer of a job, whose inputs and results are named within its folder alone.

    Returns:
        The performer's name in the gallery.
    """
    settings, folder = store.settings(job.id), store.folder(job.id)
    os.chdir(folder)
    example = settings.example is not None
    source, target = (Path(f"{name}.mp4") if example else _named(store, job.id, name) for name in (SOURCE, TARGET))
    performer = Path(PERFORMER) if (folder / PERFORMER).is_dir() else None
    if source is None:
        raise ValueError("expected a job with a source, got none in its folder; make the job anew")
    config = composed(settings, source, target, performer)
    own = {"output": Path(RESULT), "work_dir": store.root / "work"}
    config = cast(DictConfig, OmegaConf.merge(config, own))
    inputs = None if example else open_inputs(config)
    made = assemble(config, [events])
    watcher = threading.Thread(target=_watch, args=(store, job.id, made.run), daemon=True, name="wishes")
    watcher.start()
    if settings.example is not None:
        draw_example(store, settings.example, folder, made)
    _, learned = perform(inputs or open_inputs(config), config, made)
    return _keep(store, job, learned, settings.target_title) if performer is None else ""


def _named(store: Store, id: str, name: str) -> Path | None:
    """An input by its name within the job's folder, so that no path of this machine gets into a report."""
    found = store.input(id, name)
    return None if found is None else Path(found.name)


def _keep(store: Store, job: Job, learned: LearnedPerformer, name: str) -> str:
    poster = store.folder(job.id) / "target_poster.jpg"
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


def draw_example(store: Store, seed: int, folder: Path, made: Assembled) -> None:
    """Put the clips of a synthetic pair into a job's folder; they are drawn once for all jobs."""
    kept = store.root / "examples" / str(int(seed))
    with locked(store.root / "locks" / "examples", "draws an example"):
        pair = None
        for name in (SOURCE, TARGET):
            path = kept / f"{name}.mp4"
            if not path.exists():
                pair = pair or make_pair(
                    made.stages.model, seed=seed, size=EXAMPLE_SIZE, seconds=EXAMPLE_S, fps=EXAMPLE_FPS
                )
                clip = pair.source if name == SOURCE else pair.target
                with made.run.stage(DRAW, name, len(clip.video)) as step:
                    write_clip(path, step.watch(clip.video))
            if not (folder / path.name).exists():
                link(path, folder / path.name)


def main(words: list[str]) -> None:
    """Run the job that the words name; what it prints goes to its folder."""
    store, id = Store(Path(words[0])), words[1]
    with (store.folder(id) / LOG).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in ("pytorch_lightning", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    run_claimed(store, id, partial(attempt, store))


if __name__ == "__main__":
    main(sys.argv[1:])
