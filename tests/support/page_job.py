"""A job that computes nothing, for tests of the page: it reports stages and previews, and its result is its source.

`python page_job.py STORE JOB` runs one; it takes some seconds, and goes on where it was when it was killed.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import motion_transfer
from motion_transfer.jobs.claim import Changes, run_claimed
from motion_transfer.jobs.job import CANCEL, CANCELLED, DONE, FINISH, Job
from motion_transfer.jobs.progress import ATTEMPT
from motion_transfer.jobs.store import EVENTS, PREVIEW, RESULT, SOURCE, Store

PICTURE = Path(motion_transfer.__file__).parent / "app" / "examples" / "dancer.jpg"  # importing `app` takes seconds
STEPS, STEP_S = 60, 0.2
DONE_STEPS = "steps.txt"  # a letter for each step that was ever done


def start(store: Store, id: str) -> "subprocess.Popen[bytes]":
    """The process of one such job."""
    return subprocess.Popen([sys.executable, __file__, str(store.root), id], start_new_session=True)


def work(store: Store, job: Job) -> Changes:
    """Train as if."""
    folder = store.folder(job.id)
    stage = {"stage": "learn", "name": "train the performer"}
    note(folder, event=ATTEMPT)
    note(folder, event="StageStarted", **stage, total=None)
    with (folder / DONE_STEPS).open("a+") as steps:
        steps.seek(0)
        for step in range(len(steps.read()), STEPS):
            now = store.get(job.id)
            if now.wish == CANCEL:
                return {"state": CANCELLED}
            if now.wish == FINISH:
                break
            steps.write(".")
            steps.flush()
            note(folder, event="StageAdvanced", stage="learn", done=step + 1, fraction=(step + 1) / STEPS)
            shutil.copyfile(PICTURE, folder / PREVIEW)
            note(folder, event="PreviewPicture", stage="learn", number=step + 1)
            time.sleep(STEP_S)
    note(folder, event="StageFinished", **stage, seconds=1.0, frames=None, cached=False)
    source = store.input(job.id, SOURCE)
    assert source is not None
    shutil.copyfile(source, folder / RESULT)
    return {"state": DONE}


def note(folder: Path, **event: object) -> None:
    """Add an event to those of a job."""
    with (folder / EVENTS).open("a") as events:
        events.write(json.dumps({"time_s": time.time(), **event}) + "\n")


if __name__ == "__main__":
    place, id = Store(Path(sys.argv[1])), sys.argv[2]
    run_claimed(place, id, lambda job: work(place, job))
