"""Two processes with one cache: each result is computed once and whole, and nobody waits for the dead."""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from motion_transfer.domain.camera import Box
from motion_transfer.files.cache import Cache
from motion_transfer.files.locking import locked, release, try_lock

BOX = Box(left=0, top=1, width=2, height=3)
START_TOGETHER_S = 30.0
Outcome = tuple[object, bool]


class Meeting:
    """Where two processes wait for each other, so that both are at work at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def come(self, name: str) -> None:
        (self.folder / f"{name}.here").touch()
        until(lambda: len(list(self.folder.glob("*.here"))) == 2)


def until(condition: Callable[[], bool]) -> None:
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < START_TOGETHER_S
        time.sleep(0.01)


def note(folder: Path, name: str) -> None:
    """Leave a trace of a computation, slowly enough for another one to begin meanwhile."""
    (folder / f"{name}.computed").touch()
    time.sleep(0.3)


def get_record(folder: Path, name: str) -> Outcome:
    Meeting(folder).come(name)

    def compute() -> Box:
        note(folder, name)
        return BOX

    found, cached = Cache(folder / "cache").record("box", "k", Box, compute)
    return found.top, cached


def get_folder(folder: Path, name: str) -> Outcome:
    Meeting(folder).come(name)

    def fill(result: Path) -> None:
        (result / "half").touch()
        note(folder, name)
        (result / "content").write_text("whole")

    path, cached = Cache(folder / "cache").folder("frames", "k", fill)
    return (path / "content").read_text(), cached


def train(folder: Path, name: str) -> Outcome:
    """Count a step in the work folder, with a pause between reading and writing, as a training does."""
    Meeting(folder).come(name)
    with Cache(folder / "cache").work_folder("training", "k") as work:
        checkpoint = work / "steps"
        before = int(checkpoint.read_text()) if checkpoint.exists() else 0
        time.sleep(0.3)
        checkpoint.write_text(str(before + 1))
    return before, before > 0


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


def together(pool: ProcessPoolExecutor, work: Callable[[Path, str], Outcome], folder: Path) -> list[Outcome]:
    return [run.result(60) for run in [pool.submit(work, folder, name) for name in ("one", "other")]]


@pytest.mark.subprocess
@pytest.mark.parametrize(("work", "content"), [(get_record, 1), (get_folder, "whole")])
def test_two_processes_get_one_result_that_one_of_them_computed(
    work: Callable[[Path, str], Outcome], content: object, processes: ProcessPoolExecutor, tmp_path: Path
) -> None:
    found = together(processes, work, tmp_path)
    assert [value for value, _ in found] == [content, content]
    assert sorted(cached for _, cached in found) == [False, True]
    assert len(list(tmp_path.glob("*.computed"))) == 1


@pytest.mark.subprocess
def test_a_work_folder_has_one_writer_and_the_second_finds_what_the_first_left(
    processes: ProcessPoolExecutor, tmp_path: Path
) -> None:
    assert sorted(together(processes, train, tmp_path)) == [(0, False), (1, True)]
    assert (tmp_path / "cache" / "training" / "k" / "steps").read_text() == "2"


HOLD = (
    "import sys, time; from pathlib import Path; from motion_transfer.files.locking import locked\n"
    "with locked(Path(sys.argv[1]), 'holds it'):\n"
    "    print('held', flush=True); time.sleep(60)\n"
)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock `.k.lock`."""
    words = [sys.executable, "-c", HOLD, str(tmp_path / ".k.lock")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


class Alarm(Exception):
    """Of the clock."""


def ring(_: int, __: FrameType | None) -> None:
    raise Alarm


@pytest.mark.subprocess
def test_waiting_is_reported_once_and_can_be_interrupted_and_ends_when_the_holder_is_killed(
    holder: subprocess.Popen[bytes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before: Any = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with caplog.at_level(logging.INFO), pytest.raises(Alarm), locked(tmp_path / ".k.lock", "computes the answer"):
            pytest.fail("two hold the lock")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [record.getMessage() for record in caplog.records] == ["another run computes the answer; waiting for it"]
    holder.kill()
    holder.wait()
    assert (tmp_path / ".k.lock").exists()
    with locked(tmp_path / ".k.lock", "is dead"):
        pass
    assert len(caplog.records) == 1


@pytest.mark.subprocess
def test_two_processes_that_find_one_damaged_entry_compute_it_once(
    processes: ProcessPoolExecutor, tmp_path: Path
) -> None:
    Cache(tmp_path / "cache").folder("frames", "k", lambda folder: (folder / "content").touch())
    (tmp_path / "cache" / "frames" / "k" / "content").write_text("damaged")
    found = together(processes, get_folder, tmp_path)
    assert [value for value, _ in found] == ["whole", "whole"]
    assert len(list(tmp_path.glob("*.computed"))) == 1


def test_a_lock_file_that_its_holder_removes_is_not_taken_for_the_lock_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / ".k.lock"
    first = try_lock(path)
    waiting = path.open("ab")  # as one who waits has it open
    path.unlink()
    second = try_lock(path)
    assert first is not None
    assert second is not None
    assert not os.path.sameopenfile(waiting.fileno(), second.fileno())
    assert try_lock(path) is None
    release(second)
    waiting.close()


def test_shared_locks_keep_out_exclusive_ones_alone(tmp_path: Path) -> None:
    held = [try_lock(tmp_path / "lock", shared=True) for _ in range(2)]
    assert all(held)
    assert try_lock(tmp_path / "lock") is None


def test_a_found_result_needs_no_lock(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.record("box", "k", Box, lambda: BOX)
    cache.folder("box", "k", lambda _: None)
    with cache.work_folder("box", "k"):
        assert cache.record("box", "k", Box, lambda: BOX)[1]
        assert cache.folder("box", "k", lambda _: None)[1]
