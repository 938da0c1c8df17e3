"""The process of a real job, forked from one that has imported the package: `python warm_job.py STORE JOB`."""

import os
import signal
import sys
from pathlib import Path

from warm_start import WarmProcess

from motion_transfer.jobs.store import Store


class WarmJob:
    """What a worker asks of the process of a job."""

    def __init__(self, store: Store, id: str) -> None:
        self._process = WarmProcess([__file__, str(store.root), id], Path("/"), os.environ)
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.wait() if self._process.has_ended() else None

    def terminate(self) -> None:
        if not self._process.has_ended():
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill_group()

    def wait(self, timeout: float | None = None) -> int:
        return self._process.wait(timeout)


if __name__ == "__main__":
    from motion_transfer.jobs.job_process import main

    main(sys.argv[1:])
