"""Ctrl-C and SIGTERM end a command as `Run.cancel` does: with an exception that nothing on the way out swallows."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from motion_transfer.cancellation import Cancelled, raise_in


class CancelledBySignal(Cancelled):
    """A signal asked the process to end."""

    number: signal.Signals

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that a signal ended."""
        return 128 + self.number


class Interrupted(CancelledBySignal):
    """Ctrl-C."""

    number = signal.SIGINT


class Terminated(CancelledBySignal):
    """A scheduler, or `kill`."""

    number = signal.SIGTERM


SIGNALS = {kind.number: kind for kind in (Interrupted, Terminated)}
SOON_S = 0.05


@contextmanager
def _raised_again_where_swallowed() -> Iterator[None]:
    """Python prints and forgets what is raised while a destructor or a callback from C runs; this insists."""
    before, main = sys.unraisablehook, threading.get_ident()

    def insist(swallowed: "sys.UnraisableHookArgs") -> None:
        if isinstance(swallowed.exc_value, CancelledBySignal):
            again = type(swallowed.exc_value)
            threading.Timer(SOON_S, raise_in, [main, again]).start()  # not here, where it would be swallowed as well
        else:
            before(swallowed)

    sys.unraisablehook = insist
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Raise `CancelledBySignal` at the first signal; a second one ends the process at once.

    Only the main thread can receive signals: elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    process, before = os.getpid(), {number: signal.getsignal(number) for number in SIGNALS}

    def cancel(number: int, _: FrameType | None) -> None:
        if os.getpid() != process:  # a worker inherits the handler, and ends when its parent asks it to or is gone
            return
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        raise SIGNALS[signal.Signals(number)]

    for number in SIGNALS:
        signal.signal(number, cancel)
    try:
        with _raised_again_where_swallowed():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
