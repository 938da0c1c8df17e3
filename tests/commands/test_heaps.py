"""Threads share heaps where the C library can, and nothing happens where it cannot."""

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from motion_transfer.commands.heaps import HEAPS, give_back, share_heaps


def test_glibc_is_told_how_many_heaps_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    trimmed: list[int] = []
    library = SimpleNamespace(mallopt=lambda name, number: told.append((name, number)), malloc_trim=trimmed.append)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    share_heaps()
    assert told == [(-8, HEAPS)]
    give_back()
    assert trimmed == [0]


@pytest.mark.parametrize("absent", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_alone(absent: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def missing(name: Any) -> Any:
        asked.append(name)
        raise absent("no such library")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    share_heaps()
    give_back()
    assert asked == [None, None]
