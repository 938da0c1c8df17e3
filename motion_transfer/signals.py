"""Ctrl-C and SIGTERM end a command as `Run.cancel` does: with an exception that nothing on the way out swallows."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from motion_transfer.run import Cancelled

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CancelledBySignal(Cancelled):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that a signal ended."""
        return 128 + self.number


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
        raise CancelledBySignal(number)

    for number in SIGNALS:
        signal.signal(number, cancel)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
