"""SIGINT and SIGTERM end a training with workers soon: one line, the exit code of a shell, no orphan, nothing lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from warm_start import ROOT, WarmProcess, until

from motion_transfer.synthesis.checkpoints import read_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.subprocess]
SOON_S = 5.0
SUPPORT = ROOT / "tests" / "support"


@contextmanager
def training(folder: Path, steps: int) -> Iterator[WarmProcess]:
    """A process, in a session of its own, whose training has done so many steps."""
    words, environment = [str(SUPPORT / "training_process.py"), str(folder)], {"PYTHONPATH": f"{ROOT}:{SUPPORT}"}
    process = WarmProcess(words, folder, os.environ | environment)
    try:
        until(lambda: process.printed()[0].count("step\n") >= steps, process)
        yield process
    finally:
        process.kill_group()


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
        until(lambda: process.printed()[1].endswith("to go on\n"), process)
        took_s = time.monotonic() - sent_s
        assert took_s < SOON_S
        assert process.wait(60) == code  # while Python takes itself apart, which a busy machine makes slow
        _, said = process.printed()
        assert said == "\ndemo: interrupted; what was computed is kept, run the same command to go on\n"
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
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        _, alive = psutil.wait_procs(workers, timeout=SOON_S)
        assert not alive
