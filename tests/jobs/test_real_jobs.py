"""A job is a whole transfer: killed in mid-training it goes on, and finished early it keeps what it learned."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from quick_transfer import QUICK, Transferred
from quick_worker import wait_until
from warm_job import WarmJob

from motion_transfer import cli
from motion_transfer.files.video_reader import open_video
from motion_transfer.jobs.job import DONE, FAILED, JobSettings
from motion_transfer.jobs.progress import EventReader
from motion_transfer.jobs.store import EVENTS, PREVIEW, RESULT, Store
from motion_transfer.jobs.upload_check import check_upload
from motion_transfer.jobs.uploads import CHECKED, UploadLimits, Uploads
from motion_transfer.jobs.worker import Worker, WorkerSettings
from motion_transfer.performers.storage import load_performer

pytestmark = [pytest.mark.slow, pytest.mark.subprocess]


@pytest.fixture
def store(transferred: Transferred, tmp_path: Path) -> Store:
    """A store whose cache knows all but the performer."""
    store = Store(tmp_path / "store")
    shutil.rmtree(store.root / "work")
    shutil.copytree(transferred.work, store.root / "work", ignore=shutil.ignore_patterns("learn", "training"))
    return store


def test_a_job_that_was_killed_in_its_training_goes_on_and_finished_early_keeps_what_it_learned(
    store: Store, transferred: Transferred, capsys: pytest.CaptureFixture[str]
) -> None:
    pair, worker = transferred.pair, Worker(store, WorkerSettings(poll_s=0.1, least_free_gb=0), WarmJob)
    overrides = (*QUICK, "minutes=30", "training.steps_between_validations=3")
    settings = JobSettings(source_title="dance", target_title="anna", overrides=overrides)
    id = store.add(settings, source=pair.source, target=pair.target).id
    events = EventReader(store.folder(id) / EVENTS)

    def training() -> bool:
        worker.step()
        assert store.get(id).state != FAILED, store.get(id).error
        stages = events.read().stages
        return bool(stages) and stages[-1].stage == "learn" and (store.folder(id) / PREVIEW).exists()

    def ended() -> bool:
        worker.step()
        return store.get(id).ended_s is not None

    wait_until(training, 120)
    worker._children["cpu"].process.kill()
    (store.folder(id) / PREVIEW).unlink()
    wait_until(training, 120)
    assert store.get(id).attempts == 2
    store.finish(id)
    wait_until(ended)

    job = store.get(id)
    assert (job.state, job.error) == (DONE, "")
    assert len(open_video(store.folder(id) / RESULT)) == pair.frames
    page = (store.folder(id) / "result.report.html").read_text(encoding="utf-8")
    assert "motion-transfer transfer source.mp4 target.mp4 preset=draft" in page
    assert str(store.root) not in page
    over_time = json.loads((store.folder(id) / "result.report.json").read_text(encoding="utf-8"))["timelines"]
    assert len(over_time["flicker"]) == len(over_time["sensitivity"]) == pair.frames
    assert 0 < np.mean([one for one in over_time["flicker"] if one is not None]) < 1
    assert max(over_time["sensitivity"]) == 1  # a network has judged, once a second
    assert len(set(over_time["sensitivity"])) == 2
    assert "Flicker: " in page
    assert "Sensitivity: " in page
    assert [stage.ended for stage in events.read().stages] == [True] * len(events.read().stages)
    assert load_performer(store.gallery.folder(job.performer)).facts
    assert_moves_to_another_machine(store, job.performer, Store(store.root.parent / "other"))
    cli.run("jobs", [f"folder={store.root}"])
    assert f"{id}  done" in capsys.readouterr().out
    worker.run_until_empty()  # waits for the process, which ends after its job


def assert_moves_to_another_machine(store: Store, performer: str, other: Store) -> None:
    """Downloaded as one file and uploaded elsewhere, it stands in that gallery and loads."""
    store.gallery.pack(performer, store.root / "anna.zip")
    uploads = Uploads(other.root / "uploads", UploadLimits(least_free_gb=0))
    receiving = uploads.begin("anna.zip", None)
    receiving.write((store.root / "anna.zip").read_bytes())
    taken = check_upload(other, uploads, receiving.finish().id)
    assert (taken.state, taken.error, taken.performer) == (CHECKED, "", performer)
    assert [one.name for one in other.gallery.all()] == ["anna"]
    assert other.gallery.poster(performer).is_file()
    assert load_performer(other.gallery.folder(performer)).facts.training.steps
