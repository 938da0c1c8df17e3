"""Items made in a thread before they are needed: the same ones, the same errors, and no thread left behind."""

import threading
import time
from collections.abc import Iterator

import pytest
import torch

from motion_transfer.prefetch import prefetch, thread_map


def numbers(made: list[int], count: int = 100) -> Iterator[int]:
    for number in range(count):
        made.append(number)
        yield number


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_items_come_all_and_in_order() -> None:
    assert list(prefetch(numbers([]), depth=3, threads=1)) == list(range(100))
    assert not workers()


def test_items_are_made_before_they_are_asked_for_but_not_too_many() -> None:
    third = threading.Event()
    made: list[int] = []

    def watched() -> Iterator[int]:
        for number in numbers(made):
            if number == 3:
                third.set()
            yield number

    items = prefetch(watched(), depth=2, threads=1)
    assert next(items) == 0
    assert third.wait(10)  # 1 and 2 wait, 3 is in hand, and nobody asked for any of them
    assert next(items) == 1
    assert max(made) <= 5
    items.close()


def test_an_error_is_raised_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("the disk is full")

    items = prefetch(broken(), depth=5, threads=1)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(OSError, match="disk is full"):
        next(items)
    assert not workers()


def test_who_stops_early_leaves_no_thread_behind() -> None:
    made: list[int] = []
    items = prefetch(numbers(made, 10**9), depth=2, threads=1)
    assert [next(items), next(items)] == [0, 1]
    items.close()
    assert not workers()
    assert len(made) < 10


def test_the_thread_computes_with_as_many_threads_as_asked() -> None:
    def told() -> Iterator[int]:
        yield torch.get_num_threads()

    here = torch.get_num_threads()
    assert list(prefetch(told(), depth=1, threads=here + 1)) == [here + 1]
    assert torch.get_num_threads() == here


def test_results_come_in_the_order_of_the_items_though_the_first_takes_longest() -> None:
    def double(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return 2 * number

    assert list(thread_map(double, range(20))) == list(range(0, 40, 2))


def test_several_items_are_worked_on_at_once_each_on_one_core_with_the_callers_slopes() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    both = threading.Barrier(2, timeout=10)  # broken unless two are inside together

    def settings(_: int) -> tuple[int, bool]:
        both.wait()
        return torch.get_num_threads(), torch.is_grad_enabled()

    try:
        with torch.no_grad():
            assert list(thread_map(settings, range(4))) == [(1, False)] * 4
        assert list(thread_map(settings, range(2))) == [(1, True)] * 2
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_an_items_error_is_raised_at_its_place_and_few_items_are_taken_before() -> None:
    taken: list[int] = []

    def fail_at_three(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    results = thread_map(fail_at_three, numbers(taken))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert len(taken) <= 3 + torch.get_num_threads() + 1
