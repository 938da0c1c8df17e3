"""The process of one job: `python -m motion_transfer.jobs.job_process STORE JOB` runs it and notes how it ended.

What takes seconds to import is imported within the attempt, so that the job is known to run from its first moment.
"""

import logging
import os
import sys
import traceback
import warnings
from functools import partial
from pathlib import Path

from motion_transfer.cancellation import Cancelled
from motion_transfer.configuration.mistakes import USER_MISTAKES, one_line
from motion_transfer.jobs.claim import Changes, run_claimed
from motion_transfer.jobs.job import CANCELLED, DONE, FAILED, QUEUED, Job
from motion_transfer.jobs.store import LOG, Store
from motion_transfer.signals import CancelledBySignal, cancelled_by_signals


def attempt(store: Store, job: Job) -> Changes:
    """Run a job; how it ended, as changes of it."""
    try:
        with cancelled_by_signals():
            from motion_transfer.jobs.transfer_job import transfer_job

            performer = transfer_job(store, job)
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
    return {"state": DONE, "performer": performer, "error": ""}


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
