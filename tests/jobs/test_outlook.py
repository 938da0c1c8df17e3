"""How long a job still takes is told from its own pace, coarsely, and not at all before that is known."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from motion_transfer.jobs.job import JobSettings
from motion_transfer.jobs.outlook import USUAL, Kind, Outlook, kind_of, outlook
from motion_transfer.jobs.progress import JobProgress, fold
from motion_transfer.jobs.store import Store

DRAFT = Kind(filmed=True, learns=True, options={"preset": "draft"})
# Seconds of a run with the preset `draft` on two clips of 120 frames.
RUN = {
    "source_stabilize": 0.92,
    "source_detect": 4.89,
    "target_scene": 0.43,
    "target_stabilize": 1.22,
    "target_detect": 4.40,
    "source_fit": 5.38,
    "target_fit": 5.28,
    "target_plate": 5.08,
    "target_crop": 2.28,
    "target_register": 20.50,
    "references": 4.70,
    "learn": 3.69,
    "retarget": 0.27,
    "synthesize": 10.09,
}


def after(done: Mapping[str, float], *, frames: int = 120, cached: bool = False) -> JobProgress:
    """The progress of a job whose stages took so long."""
    lines = []
    for stage, seconds in done.items():
        about = {"time_s": 0.0, "stage": stage, "name": stage}
        lines.append({**about, "event": "StageStarted", "total": None if stage == "learn" else frames})
        lines.append({**about, "event": "StageFinished", "seconds": seconds, "frames": frames, "cached": cached})
    return fold([json.dumps(line).encode() for line in lines], JobProgress())


def first(count: int, *, slower: float = 1.0) -> dict[str, float]:
    return {stage: slower * seconds for stage, seconds in list(RUN.items())[:count]}


@pytest.mark.parametrize("slower", [1.0, 7.0])
def test_it_is_right_to_a_quarter_from_the_fifth_stage_on_also_on_a_slower_machine(slower: float) -> None:
    for count in range(5, len(RUN)):
        found = outlook(after(first(count, slower=slower)), DRAFT)
        assert found is not None
        assert found.left_s == pytest.approx(slower * (sum(RUN.values()) - sum(first(count).values())), rel=0.25)
        assert not found.or_less


def test_nothing_is_told_before_the_clips_are_known_or_the_pace_is() -> None:
    assert outlook(JobProgress(), DRAFT) is None
    assert outlook(after(first(2)), DRAFT) is None  # the target's frames were not counted yet
    assert outlook(after(RUN | {"synthesize": 0.0}, cached=True), DRAFT) is not None  # nothing is left
    assert outlook(after(first(13), cached=True), DRAFT) is None  # found from an earlier run, which shows no pace


def test_what_was_found_from_an_earlier_run_may_go_on_so() -> None:
    found = after(first(5), cached=True)
    measured = after({"source_fit": 5.4, "target_fit": 5.3})
    both = JobProgress(stages=(*found.stages, *measured.stages))
    told = outlook(both, DRAFT)
    assert told is not None
    assert told.or_less
    assert str(told).endswith(" or less")


def test_a_training_takes_no_longer_than_it_is_given() -> None:
    minutes = Kind(filmed=True, learns=True, options={"preset": "draft", "minutes": 20})
    before, trained = outlook(after(first(11)), minutes), outlook(after(first(11)), DRAFT)
    assert before is not None
    assert trained is not None
    assert before.left_s - trained.left_s == pytest.approx(1200)
    assert before.or_less
    quality = outlook(after(first(11)), Kind(filmed=True, learns=True, options={"preset": "quality"}))
    assert quality is not None
    assert quality.left_s > 3600


def test_a_running_stage_tells_by_its_own_speed_when_it_has_come_far_enough() -> None:
    running = [
        {"time_s": 0, "event": "StageStarted", "stage": "synthesize", "name": "", "total": 120},
        {"time_s": 30, "event": "StageAdvanced", "stage": "synthesize", "done": 48, "fraction": 0.4},
    ]
    progress = fold([json.dumps(line).encode() for line in running], after(first(13)))
    found = outlook(progress, DRAFT)
    assert found is not None
    assert found.left_s == pytest.approx(45)


def test_a_job_has_only_the_stages_of_its_kind(tmp_path: Path) -> None:
    def stages(*, filmed: bool, learns: bool, preset: str = "fast") -> set[str]:
        return {name for name, _, _ in Kind(filmed=filmed, learns=learns, options={"preset": preset}).stages()}

    assert stages(filmed=True, learns=True) == set(USUAL)
    assert stages(filmed=False, learns=False) == {"retarget", "synthesize"}
    assert "source_register" not in stages(filmed=True, learns=True, preset="draft")
    assert not any(name.startswith("target") for name in stages(filmed=True, learns=False))
    store = Store(tmp_path)
    for name in ("dance.mp4", "wave.bvh", "anna.mov"):
        (tmp_path / name).write_bytes(b"")
    settings = JobSettings(source_title="a", target_title="b", options={"preset": "fast"})
    both = store.add(settings, source=tmp_path / "dance.mp4", target=tmp_path / "anna.mov")
    motion = store.add(settings, source=tmp_path / "wave.bvh", performer=tmp_path / "locks")
    assert kind_of(store, both.id) == Kind(filmed=True, learns=True, options={"preset": "fast"})
    assert kind_of(store, motion.id) == Kind(filmed=False, learns=False, options={"preset": "fast"})


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (5, "less than a minute"),
        (70, "about 1 min"),
        (100, "about 2 min"),
        (571, "about 10 min"),
        (1300, "about 25 min"),
        (7000, "about 2 h"),
        (9000, "about 2.5 h"),
    ],
)
def test_it_is_spoken_coarsely(seconds: float, told: str) -> None:
    assert str(Outlook(left_s=seconds, or_less=False)) == told
