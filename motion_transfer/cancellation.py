"""How work is ended from outside: an exception that reaches a thread between two of its instructions."""

import ctypes
import threading
import time
from typing import Any

STARTING_S, POLL_S = 0.5, 0.002  # for which a thread that starts is waited for


class Cancelled(BaseException):
    """The run was cancelled. Like KeyboardInterrupt it is no Exception, so that nothing on the way out swallows it."""


def raise_in(thread_number: int, exception: type[BaseException] | None) -> None:
    """Raise an exception in a thread at its next Python instruction, or take back one that is not raised yet.

    Until a thread runs, CPython knows it under the number of the thread that starts it. It would get the exception
    instead, and end before it says that it runs, for which its starter waits without end. So this waits while threads
    start, but not for one that has been starting for long.
    """
    raised = ctypes.py_object(exception) if exception else None
    internals: Any = threading
    seen_s: dict[object, float] = {}
    while True:
        with internals._active_limbo_lock:  # no thread begins to start meanwhile
            now_s = time.monotonic()
            seen_s = {thread: seen_s.get(thread, now_s) for thread in starting_threads()}
            if exception is None or all(now_s - since_s > STARTING_S for since_s in seen_s.values()):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_number), raised)
                return
        time.sleep(POLL_S)


def starting_threads() -> list[object]:
    """The threads that were started and do not run yet."""
    internals: Any = threading
    return list(internals._limbo)
