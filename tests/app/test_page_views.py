"""What the page is told of a running job."""

import json
from pathlib import Path

from motion_transfer.app.views import Views
from motion_transfer.jobs.job import CANCEL, QUEUED, RUNNING, JobSettings
from motion_transfer.jobs.store import EVENTS, Store
from motion_transfer.jobs.uploads import UploadLimits, Uploads
from motion_transfer.jobs.worker import Worker, WorkerSettings


def test_a_running_job_tells_how_long_its_step_and_the_whole_of_it_still_take(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "wave.bvh").write_bytes(b"")
    (tmp_path / "performer").mkdir()
    settings = JobSettings(source_title="wave", target_title="anna", options={"preset": "draft"})
    id = store.add(settings, source=tmp_path / "wave.bvh", performer=tmp_path / "performer").id
    store.change(id, (QUEUED,), state=RUNNING, started_s=0.0)
    about = {"stage": "synthesize", "name": "synthesize"}
    lines = [
        {"time_s": 0, "event": "StageStarted", **about, "total": 900},
        {"time_s": 100, "event": "StageAdvanced", **about, "done": 225, "fraction": 0.25},
    ]
    (store.folder(id) / EVENTS).write_text("".join(json.dumps(line) + "\n" for line in lines))
    views = Views(store, Uploads(tmp_path / "uploads", UploadLimits()), Worker(store, WorkerSettings()))
    (told,) = json.loads(views.state())["jobs"]
    assert (told["stage"], told["left_s"], told["outlook"]) == ("synthesize", 300, "about 5 min")
    store.change(id, (RUNNING,), wish=CANCEL)
    (told,) = json.loads(views.state())["jobs"]
    assert told["outlook"] is None  # it ends now
