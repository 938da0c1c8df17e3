"""The page over jobs that compute nothing: `python page_server.py STORE PORT MAX_MB [USERS]`, until it is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SCRIPT = Path(__file__)
STARTS_WITHIN_S = 60.0


class PageServer:
    """A server in a process of its own, which can be killed and started again over the same store.

    Args:
        users: a file of those who may see the page; None for everybody.
    """

    def __init__(self, store: Path, max_mb: float = 1000, users: Path | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.store, self.url = store, f"http://127.0.0.1:{self.port}"
        self._words = [sys.executable, str(SCRIPT), str(store), str(self.port), str(max_mb)]
        self._words += [] if users is None else [str(users)]
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._words)
        start_s = time.monotonic()
        while not self._answers():
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() - start_s < STARTS_WITHIN_S
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it as nothing can be caught; a job of its goes on."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it and its jobs."""
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/api/state", timeout=5).close()
        except urllib.error.HTTPError as refusal:
            return refusal.code == 401
        except (urllib.error.URLError, OSError):
            return False
        return True


if __name__ == "__main__":
    from page_job import start

    from motion_transfer.app.server import AppSettings, serve
    from motion_transfer.jobs.store import Store
    from motion_transfer.jobs.uploads import UploadLimits
    from motion_transfer.jobs.worker import WorkerSettings

    limits = UploadLimits(max_upload_mb=float(sys.argv[3]), least_free_gb=0)
    work = WorkerSettings(least_free_gb=0, poll_s=0.1)
    users = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    serve(Store(Path(sys.argv[1])), AppSettings(port=int(sys.argv[2]), auth=users, limits=limits, work=work), start)
