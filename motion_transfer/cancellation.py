"""How work is ended from outside: an exception that reaches a thread between two of its instructions."""

import ctypes


class Cancelled(BaseException):
    """The run was cancelled. Like KeyboardInterrupt it is no Exception, so that nothing on the way out swallows it."""


def raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Raise an exception in a thread at its next Python instruction, or take back one that is not raised yet."""
    raised = ctypes.py_object(exception) if exception else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
