"""How work is ended from outside: an exception that reaches a thread between two of its instructions."""

import ctypes
import threading
import time
from typing import Any

STARTING_S, POLL_S = 0.5, 0.002  # for which threads that start are waited for


class Cancelled(BaseException):
    """The run was cancelled. Like KeyboardInterrupt it is no Exception, so that nothing on the way out swallows it."""


def raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Raise an exception in a thread at its next Python instruction, or take back one that is not raised yet.

    Until a thread runs, CPython knows it under the number of the thread that starts it. It would get the exception
    instead, and end before it says that it runs, for which its starter waits without end. So this waits a moment while
    threads start.
    """
    raised = ctypes.py_object(exception) if exception else None
    internals: Any = threading
    last_try_s = time.monotonic() + STARTING_S
    while True:
        with internals._active_limbo_lock:  # no thread begins to start meanwhile
            if exception is None or not threads_start() or time.monotonic() >= last_try_s:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
                return
        time.sleep(POLL_S)


def threads_start() -> bool:
    """Whether a thread was started that does not run yet."""
    internals: Any = threading
    return bool(internals._limbo)
