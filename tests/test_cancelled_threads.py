"""An exception from outside reaches the thread that it is meant for, also while that one starts others."""

import threading
import time

import pytest

from motion_transfer import cancellation
from motion_transfer.cancellation import Cancelled, raise_in

SOON_S = 60.0


class Target:
    """A thread that sleeps until something is raised in it."""

    def __init__(self) -> None:
        self.ended, ready = threading.Event(), threading.Event()

        def run() -> None:
            try:
                ready.set()
                while True:
                    time.sleep(0.001)
            except Cancelled:
                self.ended.set()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert ready.wait(SOON_S)
        assert thread.ident is not None
        self.number = thread.ident


def test_nothing_is_raised_while_a_thread_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython gives a thread that starts the number of its starter until it runs."""
    target, starting = Target(), list[object]([None])
    monkeypatch.setattr(cancellation, "starting_threads", lambda: starting)
    monkeypatch.setattr(cancellation, "STARTING_S", 60.0)
    threading.Thread(target=raise_in, args=(target.number, Cancelled), daemon=True).start()
    assert not target.ended.wait(0.1)
    starting.clear()
    assert target.ended.wait(SOON_S)


def test_a_thread_that_never_runs_keeps_no_other_from_being_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target()
    monkeypatch.setattr(cancellation, "starting_threads", lambda: [None])
    monkeypatch.setattr(cancellation, "STARTING_S", 0.05)
    raise_in(target.number, Cancelled)
    assert target.ended.wait(SOON_S)


@pytest.mark.slow
def test_who_starts_threads_all_the_time_is_cancelled_and_never_stuck() -> None:
    for _ in range(100):
        ended = threading.Event()

        def start_others(ended: threading.Event = ended) -> None:
            try:
                while True:
                    threading.Thread(target=time.sleep, args=(0,), daemon=True).start()
            except Cancelled:
                ended.set()

        starter = threading.Thread(target=start_others, daemon=True)
        starter.start()
        assert starter.ident is not None
        time.sleep(0.001)
        raise_in(starter.ident, Cancelled)
        assert ended.wait(SOON_S)
