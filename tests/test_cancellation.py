"""A run is cancelled in every stage of a transfer, from another thread, and the next run goes on from there."""

import threading
import time
from pathlib import Path

import pytest
from quick_transfer import QUICK, SmallPair

from motion_transfer.assembly import assemble_from
from motion_transfer.cancellation import Cancelled
from motion_transfer.domain.events import Event, StageFinished, StageStarted
from motion_transfer.files.clips import open_clip
from motion_transfer.pipeline import capture_source, learn_performer, transfer
from motion_transfer.run import Run
from motion_transfer.stages import Stages

TARGET = ("stabilize", "detect", "fit", "plate", "crop", "register")
STAGES = (*(f"target_{stage}" for stage in TARGET), "learn", "source_detect", "source_register", "synthesize")
SOON_S = 5.0  # two on a quiet machine; the tests share theirs
INSIDE_S = 0.05  # after the start of a stage
ROUGH = ("minutes=0.01", "fitting.estimator.solver.iterations=30", "fitting.refiner.solver.iterations=5")


class CancelInside:
    """Cancels a run from another thread shortly after a stage has started."""

    def __init__(self, run: Run, stage: str) -> None:
        self.run, self.stage = run, stage
        self.asked_s: float | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageStarted) and event.stage == self.stage:
            threading.Timer(INSIDE_S, self._cancel).start()

    def _cancel(self) -> None:
        self.asked_s = time.perf_counter()
        self.run.cancel()


def transfer_pair(pair: SmallPair, stages: Stages, run: Run, output: Path) -> None:
    learned = learn_performer(open_clip(pair.target), stages, run)
    transfer(capture_source(open_clip(pair.source), stages, run), learned, output, stages, run)


@pytest.mark.slow
def test_every_stage_ends_soon_and_what_was_finished_before_is_found_again(
    small_pair: SmallPair, tmp_path: Path
) -> None:
    made = assemble_from(*QUICK, *ROUGH, "progress=none", f"work_dir={tmp_path / 'work'}")
    finished: dict[str, bool] = {}

    def remember(event: Event) -> None:
        if isinstance(event, StageFinished):
            assert not (finished.get(event.stage) and not event.cached), f"{event.stage} was computed twice"
            finished[event.stage] = event.stage not in ("retarget", "synthesize")

    for stage in STAGES:
        run = Run(made.run.cache, [remember])
        cancel = CancelInside(run, stage)
        run = Run(made.run.cache, [remember, cancel])
        cancel.run = run
        with pytest.raises(Cancelled):
            transfer_pair(small_pair, made.stages, run, tmp_path / "out.mp4")
        ended_s = time.perf_counter()
        assert cancel.asked_s is not None, stage
        assert ended_s - cancel.asked_s < SOON_S, stage
        assert stage not in run.costs
        assert not (tmp_path / "out.mp4").exists()
    transfer_pair(small_pair, made.stages, Run(made.run.cache, [remember]), tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").exists()
    assert not [path for path in tmp_path.rglob("*") if ".partial-" in path.name]
