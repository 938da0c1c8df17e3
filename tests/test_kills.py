"""Killed at random moments, the same command goes on, and its result is that of an undisturbed run.

The gate kills a job in its training (tests/jobs) and a computation of the cache (tests/files).
"""

import contextlib
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from known_dance import film
from quick_transfer import assert_same_video
from warm_start import ROOT, WarmProcess

from motion_transfer.body.model import BodyModel
from motion_transfer.files.records import save_record

pytestmark = [pytest.mark.slow, pytest.mark.subprocess, pytest.mark.soak]
ROUNDS = int(os.environ.get("SOAK_ROUNDS", "1"))
KILLS = 3 if ROUNDS > 1 else 1  # in one round
WORDS = (
    *("preset=draft", "body=tiny", "device=cpu", "resolution=64", "minutes=0", "progress=none", "seed=0"),
    *("registration.appearance.texture_px=64", "registration.appearance.texture_views=4"),
    *("registration.appearance.clothing_views=2", "landmarks/detector=recorded", "fitting/estimator=recorded"),
)
FILES = {
    "landmarks/detector": "_target_: own_parts.RecordedDetector\nrecorded: {recorded}\nconfidence: 0.75\n",
    "fitting/estimator": "_target_: own_parts.RecordedEstimator\nrecorded: {recorded}\nbeta: 0.25\n",
}


@dataclass(frozen=True)
class TinyRun:
    """A transfer of seconds."""

    folder: Path

    def start(self, work: Path) -> WarmProcess:
        """The result lies beside the work folder."""
        clip = str(self.folder / "dance.mp4")
        places = (f"work_dir={work}", f"output={work.parent / 'out.mp4'}", "--config-dir", str(self.folder / "mine"))
        words = [str(ROOT / "scripts" / "transfer.py"), clip, clip, *WORDS, *places]
        return WarmProcess(words, self.folder, os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}"})

    def whole(self, work: Path) -> float:
        """Run to the end; the seconds that it took."""
        start_s = time.monotonic()
        process = self.start(work)
        assert process.wait(300) == 0, process.printed()[1]
        return time.monotonic() - start_s

    def killed(self, work: Path, after_s: float) -> None:
        process = self.start(work)
        with contextlib.suppress(TimeoutError):
            process.wait(after_s)
        process.kill_group()


@pytest.fixture(scope="module")
def tiny_run(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    folder = tmp_path_factory.mktemp("kills")
    save_record(folder / "truth.npz", film(tiny_body, folder / "dance.mp4"))
    for group, text in FILES.items():
        path = folder / "mine" / group / "recorded.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text.format(recorded=folder / "truth.npz"))
    return TinyRun(folder)


def test_after_kills_at_random_moments_the_result_is_that_of_an_undisturbed_run(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    took_s = tiny_run.whole(tmp_path / "undisturbed" / "work")
    moments = random.Random(0)
    for number in range(ROUNDS):
        work = tmp_path / str(number) / "work"
        for _ in range(KILLS):
            tiny_run.killed(work, moments.uniform(0, took_s))
        tiny_run.whole(work)
        assert_same_video(tmp_path / "undisturbed" / "out.mp4", work.parent / "out.mp4")
        assert {path.name for path in work.parent.iterdir()} == {
            *("work", "out.mp4", "out.report.html", "out.report.json", "out.report.png"),
        }
        assert not [path for path in work.rglob("*") if ".partial-" in path.name]
