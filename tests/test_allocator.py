"""glibc's malloc is tuned where the C library is glibc, and nothing happens where it is another one."""

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from motion_transfer.allocator import ARENAS, limit_malloc_arenas, trim_heap


def test_glibc_gets_the_number_of_arenas_and_is_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[tuple[int, int]] = []
    trimmed: list[int] = []
    library = SimpleNamespace(mallopt=lambda name, value: options.append((name, value)), malloc_trim=trimmed.append)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    limit_malloc_arenas()
    assert options == [(-8, ARENAS)]
    trim_heap()
    assert trimmed == [0]


@pytest.mark.parametrize("absent", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_alone(absent: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    def missing(name: Any) -> Any:
        opened.append(name)
        raise absent("no such library")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    limit_malloc_arenas()
    trim_heap()
    assert opened == [None, None]
