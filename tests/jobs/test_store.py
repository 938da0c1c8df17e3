"""Jobs keep their order and state whatever happens to the index, and only names of our own lead to a file."""

import json
import os
import time
from pathlib import Path

import pytest

from motion_transfer.jobs.job import CANCEL, CANCELLED, DONE, FINISH, QUEUED, RUNNING, JobSettings
from motion_transfer.jobs.store import SOURCE, STATE, TARGET, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "dance.MP4"
    path.write_bytes(b"frames")
    return path


def add(store: Store, clip: Path, name: str = "dance") -> str:
    settings = JobSettings(source_title=name, target_title="anna", options={"preset": "draft"}, overrides=("seed=1",))
    return store.add(settings, source=clip, target=clip).id


def test_jobs_stand_in_the_order_in_which_they_came_and_keep_what_they_were_asked(store: Store, clip: Path) -> None:
    ids = [add(store, clip, f"dance {number}") for number in range(3)]
    assert [job.id for job in store.index.all()] == ids
    assert [job.state for job in store.index.all()] == [QUEUED] * 3
    assert store.get(ids[1]).title == "dance 1 as anna"
    assert store.settings(ids[1]).options == {"preset": "draft"}
    assert store.settings(ids[1]).overrides == ("seed=1",)


def test_a_jobs_inputs_stay_when_the_files_that_it_was_made_from_go(store: Store, clip: Path) -> None:
    id = add(store, clip)
    clip.unlink()
    again = store.again(id).id
    store.delete(id)
    for name in (SOURCE, TARGET):
        kept = store.input(again, name)
        assert kept is not None
        assert kept.name == f"{name}.mp4"
        assert kept.read_bytes() == b"frames"


def test_an_index_that_is_lost_or_damaged_is_made_anew_from_the_folders(store: Store, clip: Path) -> None:
    ids = [add(store, clip), add(store, clip)]
    store.change(ids[0], (QUEUED,), state=DONE, performer="0" * 16, ended_s=time.time())
    before = store.index.all()
    for suffix in ("-wal", "-shm"):
        (store.root / f"jobs.sqlite{suffix}").unlink(missing_ok=True)
    (store.root / "jobs.sqlite").write_bytes(b"SQLite, once" * 100)
    assert Store(store.root).index.all() == before


def test_a_job_whose_state_was_never_noted_can_be_resumed(store: Store, clip: Path) -> None:
    id = add(store, clip)
    (store.folder(id) / STATE).write_text("{torn")
    (store.root / "jobs.sqlite").unlink()
    fresh = Store(store.root)
    assert fresh.get(id).state == CANCELLED
    fresh.resume(id)
    assert fresh.get(id).state == QUEUED


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked_to_end(store: Store, clip: Path) -> None:
    waits, runs = add(store, clip), add(store, clip)
    store.change(runs, (QUEUED,), state=RUNNING)
    store.finish(waits)
    store.finish(runs)
    assert (store.get(waits).wish, store.get(runs).wish) == ("", FINISH)
    for id in (waits, runs):
        store.cancel(id)
    assert (store.get(waits).state, store.get(runs).state, store.get(runs).wish) == (CANCELLED, RUNNING, CANCEL)


def test_a_resumed_job_goes_to_the_end_of_the_queue(store: Store, clip: Path) -> None:
    first, second = add(store, clip), add(store, clip)
    store.cancel(first)
    store.resume(first)
    assert [job.id for job in store.index.all()] == [second, first]
    assert store.get(first).state == QUEUED


def test_two_who_start_a_job_at_once_do_not_both_get_it(store: Store, clip: Path) -> None:
    id = add(store, clip)
    assert [store.change(id, (QUEUED,), state=RUNNING) for _ in range(2)] == [True, False]


def test_a_running_job_is_not_deleted(store: Store, clip: Path) -> None:
    id = add(store, clip)
    store.change(id, (QUEUED,), state=RUNNING)
    with pytest.raises(ValueError, match="cancel it first"):
        store.delete(id)
    assert store.folder(id).is_dir()


def test_only_jobs_that_ended_long_ago_expire(store: Store, clip: Path) -> None:
    old, new, waits = (add(store, clip) for _ in range(3))
    store.change(old, (QUEUED,), state=DONE, ended_s=time.time() - 100)
    store.change(new, (QUEUED,), state=DONE, ended_s=time.time())
    assert [job.id for job in store.expire(50)] == [old]
    assert [job.id for job in store.index.all()] == [new, waits]
    assert not store.folder(old).exists()


@pytest.mark.parametrize("name", ["../../etc", "", "0" * 15, "0" * 15 + "G", "0" * 16 + "\n", "/" + "0" * 15])
def test_a_name_that_is_not_ours_leads_to_no_file(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="expected the name of a job"):
        store.folder(name)


def test_the_state_beside_a_job_is_what_the_index_says(store: Store, clip: Path) -> None:
    id = add(store, clip)
    store.change(id, (QUEUED,), state=RUNNING, attempts=2)
    kept = json.loads((store.folder(id) / STATE).read_text())
    assert (kept["state"], kept["attempts"]) == (RUNNING, 2)


def test_inputs_take_no_room_twice(store: Store, clip: Path) -> None:
    kept = store.input(add(store, clip), SOURCE)
    assert kept is not None
    assert os.path.samestat(kept.stat(), clip.stat())
