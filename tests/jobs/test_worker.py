"""Jobs run one at a time and in order, each once, whoever of those who start and run them is killed."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from quick_job import NOTES
from quick_worker import make_worker, start, wait_until

from motion_transfer.files.locking import release, try_lock
from motion_transfer.jobs.job import CANCEL, CANCELLED, DONE, FAILED, QUEUED, RUNNING, JobSettings
from motion_transfer.jobs.store import Store
from motion_transfer.jobs.worker import MOST_ATTEMPTS, Worker, WorkerSettings

pytestmark = pytest.mark.subprocess
QUICK_WORKER = Path(__file__).parents[1] / "support" / "quick_worker.py"
JOBS = int(os.environ.get("JOB_KILLS", "6"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def add(store: Store) -> str:
    return store.add(JobSettings(source_title="a", target_title="b", options={"device": "cpu"})).id


def notes(store: Store) -> list[str]:
    path = store.root / NOTES
    return path.read_text().splitlines() if path.exists() else []


def test_workers_that_are_killed_lose_no_job_and_run_none_twice(store: Store) -> None:
    ids, chance = [add(store) for _ in range(JOBS)], random.Random(0)
    words = [sys.executable, str(QUICK_WORKER), str(store.root), "0.05"]
    for _ in range(max(2, JOBS // 4)):
        worker = subprocess.Popen(words)
        seen = len(notes(store))
        wait_until(lambda seen=seen: len(notes(store)) > seen or seen == 2 * JOBS)
        time.sleep(chance.uniform(0, 0.4))
        worker.kill()
        worker.wait()
    make_worker(store, 0.05).run_until_empty()
    assert [store.get(id).state for id in ids] == [DONE] * JOBS
    assert notes(store) == [f"{what} {id}" for id in ids for what in ("start", "end")]


def test_a_job_whose_process_was_killed_is_started_again_and_given_up_in_the_end(store: Store) -> None:
    id, worker = add(store), make_worker(store, 60)
    for attempt in range(MOST_ATTEMPTS):
        worker.step()
        wait_until(lambda attempt=attempt: len(notes(store)) == attempt + 1)
        child = worker._children["cpu"].process
        child.kill()
        child.wait()
    worker.step()
    assert store.get(id).state == FAILED
    assert f"died {MOST_ATTEMPTS} times" in store.get(id).error
    store.resume(id)
    assert store.get(id).attempts == 0


def test_a_cancelled_job_whose_process_died_is_not_started_again(store: Store) -> None:
    id = add(store)
    store.change(id, (QUEUED,), state=RUNNING, wish=CANCEL)
    make_worker(store, 0).step()
    assert store.get(id).state == CANCELLED


def test_nothing_is_started_while_another_process_has_the_device(store: Store) -> None:
    id, held = add(store), try_lock(store.lane_lock("cpu"))
    assert held is not None
    worker = make_worker(store, 0)
    worker.step()
    assert worker._children == {}
    assert start(store, id, 0).wait() == 0  # nor does the job itself run there
    assert (store.get(id).state, notes(store)) == (QUEUED, [])
    release(held)
    worker.run_until_empty()
    assert store.get(id).state == DONE


def test_without_room_on_the_disk_jobs_wait_and_it_is_said_why(store: Store) -> None:
    add(store)
    worker = Worker(store, WorkerSettings(least_free_gb=1e9))
    worker.step()
    assert worker._children == {}
    assert "GB free on the disk" in worker.waiting
