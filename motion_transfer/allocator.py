"""Tuning of glibc's malloc, so that memory hardly grows with the length of a clip; other C libraries are left alone."""

import contextlib
import ctypes

M_ARENA_MAX = -8  # glibc's malloc.h
ARENAS = 2


def limit_malloc_arenas() -> None:
    """Limit glibc's malloc to `ARENAS` arenas for all threads together.

    By default every thread gets its own arena, and memory that is freed in one serves no other: frames that different
    threads render, synthesize and encode would occupy more and more of it over a long clip.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def trim_heap() -> None:
    """Return memory that was freed from glibc's malloc to the system, so that one stage does not add to another's."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
