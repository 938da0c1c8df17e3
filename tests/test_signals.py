"""Signals end a command cleanly: in the main process, once, with the exit code that shells expect."""

import os
import signal
import sys
import threading
import time

import pytest

from motion_transfer import cli
from motion_transfer.cancellation import Cancelled
from motion_transfer.signals import CancelledBySignal, cancelled_by_signals


def end_by(number: int) -> None:
    with cancelled_by_signals():
        os.kill(os.getpid(), number)
        while True:
            pass


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_and_names_the_exit_code(number: int, code: int) -> None:
    with pytest.raises(CancelledBySignal) as ended:
        end_by(number)
    assert ended.value.exit_code == code
    assert isinstance(ended.value, Cancelled)


class EndsWithinItsDestructor:
    """Sends its process a signal while it is destroyed, as may happen by chance."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass


def test_a_signal_that_a_destructor_swallows_cancels_all_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with cancelled_by_signals():
            EndsWithinItsDestructor()
            deadline_s = time.monotonic() + 30
            while time.monotonic() < deadline_s:
                pass

    with pytest.raises(CancelledBySignal) as ended:
        work()
    assert ended.value.exit_code == 143
    assert capfd.readouterr().err == ""


def test_what_else_a_destructor_swallows_is_reported_as_ever() -> None:
    class Faulty:
        def __del__(self) -> None:
            raise RuntimeError("in a destructor")

    heard = []
    before, sys.unraisablehook = sys.unraisablehook, lambda swallowed: heard.append(swallowed.exc_type)
    try:
        with cancelled_by_signals():
            Faulty()
    finally:
        sys.unraisablehook = before
    assert heard == [RuntimeError]


def test_a_forked_worker_leaves_its_end_to_its_parent() -> None:
    with cancelled_by_signals():
        worker = os.fork()
        if not worker:
            for number in (signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 7


def test_the_handlers_from_before_are_back_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(CancelledBySignal):
        end_by(signal.SIGTERM)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_in_another_thread_handlers_are_left_alone() -> None:
    before, inside = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with cancelled_by_signals():
            inside.append(signal.getsignal(signal.SIGTERM))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert inside == [before]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_ended_says_so_in_one_line(
    number: int, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def main(_: object) -> None:
        os.kill(os.getpid(), number)
        while True:
            pass

    monkeypatch.setattr("motion_transfer.commands.demo.main", main)
    with pytest.raises(SystemExit) as ended:
        cli.run("demo", [])
    assert ended.value.code == code
    assert capfd.readouterr().err == ("\ndemo: interrupted; what was computed is kept, run the same command to go on\n")
