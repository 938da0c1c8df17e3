"""A run: results found again, events in order, and an end that can be asked for from outside."""

import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.cancellation import Cancelled
from motion_transfer.domain.events import (
    Event,
    Fallback,
    PreviewPicture,
    StageAborted,
    StageAdvanced,
    StageFinished,
    StageStarted,
)
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.cache import Cache
from motion_transfer.run import Run, Stage, Step

COUNT = Stage(name="count", phrase="count the frames", version=2)
SIZE = ImageSize(height=4, width=6)
WITHIN_S = 2.0  # of a call of `cancel`


def blank_video(frames: int) -> Video:
    pictures = [np.zeros((SIZE.height, SIZE.width, 3), np.uint8)] * frames
    return Video(open_frames=lambda: iter(pictures), size=SIZE, fps=Fraction(25), frame_count=frames)


def watched(folder: Path) -> tuple[Run, list[Event]]:
    events: list[Event] = []
    return Run(Cache(folder), [events.append]), events


def test_a_stage_reports_its_start_its_frames_and_its_end(tmp_path: Path) -> None:
    run, events = watched(tmp_path)
    with run.stage(COUNT, "source", 4) as step:
        assert sum(1 for _ in step.watch(blank_video(4))) == 4
        step.preview(np.zeros((2, 3, 3), np.uint8))
    started, *advanced, preview, finished = events
    assert isinstance(started, StageStarted)
    assert (started.stage, started.name, started.total) == ("source_count", "source: count the frames", 4)
    fractions = [event.fraction for event in advanced if isinstance(event, StageAdvanced)]
    assert fractions == [0.25, 0.5, 0.75, 1.0]
    assert isinstance(preview, PreviewPicture)
    assert preview.stage == "source_count"
    assert isinstance(finished, StageFinished)
    assert (finished.stage, finished.frames, finished.cached) == ("source_count", 4, False)
    assert run.costs == {"source_count": finished}


def test_the_second_run_finds_the_record_of_the_first_and_computes_nothing(tmp_path: Path) -> None:
    computed: list[int] = []

    def compute(step: Step) -> ImageSize:
        computed.append(1)
        return SIZE

    for cached in (False, True):
        run, _ = watched(tmp_path)
        found = run.record(COUNT, "", ("a digest", {"setting": 1}), ImageSize, compute, total=1)
        assert (found.height, found.width) == (4, 6)
        assert run.costs["count"].cached is cached
    assert len(computed) == 1


def test_another_version_of_the_algorithm_is_computed_again(tmp_path: Path) -> None:
    run, _ = watched(tmp_path)
    newer = Stage(name="count", phrase="count", version=3)
    assert run.key(COUNT, ("same",)) != run.key(newer, ("same",))
    assert run.key(COUNT, ("same",)) == run.key(Stage(name="count", phrase="other words", version=2), ("same",))


def test_a_folder_is_filled_once_and_not_kept_after_a_failure(tmp_path: Path) -> None:
    run, events = watched(tmp_path)

    def fail(folder: Path, step: Step) -> None:
        (folder / "half").write_text("begun")
        raise ValueError("no")

    def fill(folder: Path, step: Step) -> None:
        (folder / "whole").write_text("done")

    with pytest.raises(ValueError, match="no"):
        run.folder(COUNT, "", ("x",), fail)
    assert isinstance(events[-1], StageAborted)
    assert (run.folder(COUNT, "", ("x",), fill) / "whole").read_text() == "done"
    assert not (run.folder(COUNT, "", ("x",), fail) / "half").exists()


def test_the_costs_of_a_stage_that_runs_twice_add_up(tmp_path: Path) -> None:
    run, _ = watched(tmp_path)
    for frames in (3, 4):
        with run.stage(COUNT, "clip", frames):
            time.sleep(0.01)
    assert run.costs["clip_count"].frames == 7
    assert run.costs["clip_count"].seconds >= 0.02


def test_a_fallback_is_reported_to_every_listener(tmp_path: Path) -> None:
    heard: list[Event] = []
    run = Run(Cache(tmp_path), [heard.append, heard.append])
    run.report_fallback("detect", "Nobody was seen in 3 frames.")
    assert [type(event) for event in heard] == [Fallback, Fallback]


def test_cancelling_ends_a_stage_that_never_asks(tmp_path: Path) -> None:
    run, events = watched(tmp_path)
    inside, ended = threading.Event(), []

    def work() -> None:
        try:
            with run.stage(COUNT):
                inside.set()
                while True:
                    sum(range(1000))
        except Cancelled:
            ended.append(time.perf_counter())

    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(5)
    asked = time.perf_counter()
    run.cancel()
    worker.join(10)
    assert not worker.is_alive()
    assert ended[0] - asked < WITHIN_S
    assert isinstance(events[-1], StageAborted)
    assert "count" not in run.costs


def test_a_cancelled_run_starts_no_stage_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    run, events = watched(tmp_path)

    def cancelled_inside(folder: Path, step: Step) -> None:
        (folder / "half").write_text("begun")
        run.cancel()
        step.advance()

    with pytest.raises(Cancelled):
        run.folder(COUNT, "", ("x",), cancelled_inside)
    assert not list(tmp_path.rglob("half"))
    events.clear()
    with pytest.raises(Cancelled), run.stage(COUNT):
        pytest.fail("it should not start")
    assert not events


class DeafOnce:
    """Swallows one exception, as Python does inside of destructors."""

    def __init__(self) -> None:
        self.swallowed = 0

    def work(self, run: Run) -> None:
        with run.stage(COUNT):
            try:
                while True:
                    sum(range(1000))
            except Cancelled:
                self.swallowed += 1
            while True:
                sum(range(1000))


@pytest.mark.slow
def test_cancelling_insists_where_an_exception_is_swallowed(tmp_path: Path) -> None:
    run, _ = watched(tmp_path)
    deaf = DeafOnce()
    threading.Timer(0.1, run.cancel).start()
    with pytest.raises(Cancelled):
        deaf.work(run)
    assert deaf.swallowed == 1


def cancel_inside(run: Run) -> None:
    with run.stage(COUNT) as step:
        run.cancel()
        step.advance()


def test_nothing_is_raised_after_the_exception_that_ended_the_run(tmp_path: Path) -> None:
    for _ in range(50):
        run, _ = watched(tmp_path)
        with pytest.raises(Cancelled):
            cancel_inside(run)
        assert sum(range(10000)) == 49995000  # an exception on its way would arrive here


def test_finishing_the_training_is_remembered(tmp_path: Path) -> None:
    run, _ = watched(tmp_path)
    assert not run.should_finish_training()
    run.finish_training()
    assert run.should_finish_training()
