"""A process whose memory hardly grows with the length of the clip."""

import contextlib
import ctypes

M_ARENA_MAX = -8  # glibc's malloc.h
HEAPS = 2


def share_heaps() -> None:
    """Let threads share a few heaps, where the C library is glibc.

    By default every thread gets its own, and what one freed serves no other: frames that are drawn, painted and encoded
    by different threads would hold ever more over a long clip.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Return to the system what was freed, where the C library is glibc: a stage does not start on another's heap."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
