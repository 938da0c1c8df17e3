"""The process of a job that does nothing but note that it ran: `python quick_job.py STORE JOB SECONDS`."""

import sys
import time
from pathlib import Path

from motion_transfer.jobs.claim import Changes, run_claimed
from motion_transfer.jobs.job import DONE, Job
from motion_transfer.jobs.store import Store

NOTES = "ran.txt"  # a line at the start and one at the end


def work(store: Store, job: Job, seconds: float) -> Changes:
    """Note the start, work, and note the end."""
    with (store.root / NOTES).open("a") as notes:
        notes.write(f"start {job.id}\n")
        notes.flush()
        time.sleep(seconds)
        notes.write(f"end {job.id}\n")
    return {"state": DONE}


if __name__ == "__main__":
    place, id, seconds = Store(Path(sys.argv[1])), sys.argv[2], float(sys.argv[3])
    run_claimed(place, id, lambda job: work(place, job, seconds))
