"""SIGINT and SIGTERM end a training with workers soon: one line, the exit code of a shell, no orphan, nothing lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from quick_transfer import ROOT

from motion_transfer.synthesis.checkpoints import read_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.subprocess]
SOON_S = 5.0
SUPPORT = ROOT / "tests" / "support"


@contextmanager
def training(folder: Path, steps: int) -> Iterator[subprocess.Popen[str]]:
    """A process, in a group of its own, whose training has done so many steps."""
    process = subprocess.Popen(
        [sys.executable, str(SUPPORT / "training_process.py"), str(folder)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}:{SUPPORT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        for _ in range(steps):
            assert process.stdout.readline() == "step\n", process.communicate()[1]
        yield process
    finally:
        if is_there(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def steps_done(folder: Path) -> int:
    callbacks = read_checkpoint(folder / "training" / "k" / "last.ckpt")["callbacks"]
    return next(state["steps"] for state in callbacks.values() if "steps" in state)


@pytest.mark.parametrize(
    ("number", "code", "send"),
    [(signal.SIGINT, 130, os.killpg), (signal.SIGTERM, 143, os.kill)],
    ids=["Ctrl-C", "kill"],
)
def test_a_signal_ends_a_training_and_the_next_run_goes_on(
    number: signal.Signals, code: int, send: Callable[[int, int], None], tmp_path: Path
) -> None:
    with training(tmp_path, 12) as process:
        workers = psutil.Process(process.pid).children(recursive=True)
        sent_s = time.monotonic()
        send(process.pid, number)
        assert process.stderr is not None
        said = process.stderr.readline() + process.stderr.readline()
        took_s = time.monotonic() - sent_s
        assert said == "\ndemo: interrupted; what was computed is kept, run the same command to go on\n"
        assert took_s < SOON_S
        _, more = process.communicate(timeout=60)  # while Python takes itself apart, which a busy machine makes slow
        assert (process.returncode, more) == (code, "")
        assert not is_there(process.pid)
        assert not [worker for worker in workers if worker.is_running()]
    before = steps_done(tmp_path)
    assert before >= 10
    if send is os.kill:
        with training(tmp_path, 6):
            pass
        assert steps_done(tmp_path) > before


def test_a_kill_of_the_command_alone_leaves_no_worker(tmp_path: Path) -> None:
    with training(tmp_path, 8) as process:
        workers = psutil.Process(process.pid).children()
        assert workers
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(workers, timeout=SOON_S)
        assert not alive
