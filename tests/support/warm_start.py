"""Processes of the package's commands that start at once, forked from one that has imported the package."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from motion_transfer.files.locking import locked

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 120.0


class WarmProcess:
    """`python WORDS`, in a session of its own; what it prints is read when it has ended.

    Args:
        words: the script and its arguments.
    """

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        asked = {"words": list(words), "folder": str(folder), "environment": dict(environment)}
        self._outputs = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]  # noqa: SIM115
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(_server())
        socket.send_fds(self._connection, [json.dumps(asked).encode()], [file.fileno() for file in self._outputs])
        self._said = self._connection.makefile()
        self.pid = int(self._said.readline())
        self.returncode: int | None = None

    def wait(self, timeout_s: float | None = None) -> int:
        """Its exit code, negative for a signal, when it has ended.

        Raises:
            TimeoutError: it has not ended so soon.
        """
        if self.returncode is None:
            self._connection.settimeout(timeout_s)
            self.returncode = int(self._connection.recv(16))
        return self.returncode

    def has_ended(self) -> bool:
        try:
            self.wait(0.001)
        except TimeoutError:
            return False
        return True

    def kill_group(self) -> None:
        """Kill it and its workers at once, as nothing can be caught."""
        if not self.has_ended():
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def printed(self) -> tuple[str, str]:
        """Its standard output and errors."""
        return _text(self._outputs[0]), _text(self._outputs[1])


def until(condition: Callable[[], bool], process: WarmProcess, *, timeout_s: float = 200) -> None:
    """Wait until the condition holds, which it must while the process runs."""
    start = time.monotonic()
    while not condition():
        assert condition() or not process.has_ended(), f"it ended too early: {process.printed()}"
        assert time.monotonic() - start < timeout_s, "it never came so far"
        time.sleep(0.05)


def run_warm(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, as `subprocess.run` does."""
    process = WarmProcess(words, folder, environment)
    try:
        code = process.wait(timeout_s)
    except TimeoutError:
        process.kill_group()
        raise
    out, errors = process.printed()
    return subprocess.CompletedProcess(list(words), code, out, errors)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="surrogateescape")


@cache
def _server() -> str:
    """The socket of the server, which the first process of a test run starts, and which ends with that run."""
    workers_run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if workers_run is None:
        folder = tempfile.TemporaryDirectory()
        atexit.register(folder.cleanup)
        return _started(f"{folder.name}/socket", of=os.getpid())
    shared = Path(tempfile.gettempdir()) / f"warm_{workers_run}"
    shared.mkdir(mode=0o700, exist_ok=True)
    with locked(shared / "lock", "starts the server of warm processes"):
        path = shared / "socket"
        return str(path) if path.exists() else _started(str(path), of=os.getppid())


def _started(path: str, of: int) -> str:
    words = [sys.executable, str(ROOT / "tests" / "support" / "warm_server.py"), path, str(of)]
    server = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    start_s = time.monotonic()
    while not os.path.exists(path):
        assert server.poll() is None, "the server of warm processes has ended"
        assert time.monotonic() - start_s < STARTS_WITHIN_S, "the server of warm processes never began"
        time.sleep(0.02)
    return path
