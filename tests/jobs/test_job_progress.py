"""A job's events tell how far it is, also when a kill tore a line and another attempt began."""

import json
from pathlib import Path

import pytest

from motion_transfer.jobs.progress import EventReader, JobProgress, fold


def line(time_s: float, event: str, **rest: object) -> bytes:
    return json.dumps({"time_s": time_s, "event": event, **rest}).encode() + b"\n"


def lines() -> list[bytes]:
    return [
        line(0, "Attempt"),
        line(0, "StageStarted", stage="fit", name="fit", total=10),
        line(4, "StageFinished", stage="fit", name="fit", seconds=4.0, frames=10, cached=False),
        line(10, "StageStarted", stage="learn", name="train", total=None),
        line(20, "StageAdvanced", stage="learn", done=0, fraction=0.25),
        line(21, "PreviewPicture", stage="learn", number=1),
        line(22, "Fallback", stage="learn", sentence="a note"),
    ]


def test_the_running_stage_says_how_long_it_still_takes() -> None:
    progress = fold(lines(), JobProgress())
    fit, learn = progress.stages
    assert (fit.ended, fit.seconds) == (True, 4.0)
    assert not learn.ended
    assert learn.left_s == pytest.approx(30)  # a quarter took ten seconds
    assert (progress.previews, progress.notes) == (1, ("a note",))


def test_a_training_that_goes_on_is_timed_from_where_it_went_on() -> None:
    resumed = [
        line(0, "StageStarted", stage="learn", name="train", total=None),
        line(5, "StageAdvanced", stage="learn", done=0, fraction=0.6),
        line(9, "StageAdvanced", stage="learn", done=0, fraction=0.8),
    ]
    (learn,) = fold(resumed, JobProgress()).stages
    assert learn.left_s == pytest.approx(4)


def test_another_attempt_begins_anew_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert reader.read() == JobProgress()
    path.write_bytes(b"".join(lines()) + b'{"time_s": 3, "eve')
    assert len(reader.read().stages) == 2
    with path.open("ab") as file:
        file.write(b"\n" + line(30, "Attempt") + line(31, "StageStarted", stage="fit", name="fit", total=10))
    assert [stage.stage for stage in reader.read().stages] == ["fit"]
    assert reader.read() == EventReader(path).read()
