"""What a step is stored under contains what the step before it is stored under, so that no change goes unnoticed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from checked_shapes import unchecked
from known_clips import exact_detections, known_camera, made_up_dance, make_estimator

from motion_transfer import detection, pipeline
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files import vendors
from motion_transfer.files.cache import Cache
from motion_transfer.files.vendors import note_versions
from motion_transfer.run import Run
from motion_transfer.stages import Configured, Stages

FRAMES = 12
STEPS = ("stabilize", "detect", "fit", "plate", "crop", "register", "references", "learn")


class KnownDetector:
    """Gives known detections, whatever it is set to."""

    def __init__(self, detections: Any) -> None:
        self.detections = detections

    def __call__(self, video: Video, person: PersonPoint | None = None) -> Any:
        return self.detections


class WritingRegistrar:
    """Writes next to nothing where registration writes its results."""

    fit_appearance = SimpleNamespace(steps=lambda *_: 1)

    def plate_steps(self, _: Video) -> int:
        return 1

    def crop_steps(self, _: object) -> int:
        return 1

    def frames(self, _: object) -> list[int]:
        return [0]

    def write_plate(self, folder: Path, *_: object) -> None:
        np.savez(folder / "plate.npz", rgb=np.zeros((1, 1, 3), np.uint8), known=np.full((1, 1), True))

    def write_crops(self, folder: Path, *_: object) -> None:
        (folder / "crops").touch()

    write_appearance = write_crops

    def read_crops(self, *_: object) -> object:
        return SimpleNamespace()

    def read_footage(self, folder: Path, _: object) -> object:
        crops = SimpleNamespace(track=SimpleNamespace(px_per_pixel=1.0))
        return SimpleNamespace(digest=folder.name, crops=crops)


class WritingLearner:
    """Leaves a checkpoint, and learns nothing."""

    references = SimpleNamespace(most=3)

    def uses_references(self, _: object) -> bool:
        return True

    def __call__(self, _: object, __: object, checkpoints: Path, *___: object) -> tuple[object, object]:
        (checkpoints / "last.ckpt").touch()
        return SimpleNamespace(), SimpleNamespace(spec=None, refiners={})

    def load(self, _: Path) -> object:
        return SimpleNamespace()


@pytest.fixture
def stages(tiny_body: BodyModel) -> Stages:
    motion = made_up_dance(tiny_body, seconds=FRAMES / 15)
    made: dict[str, Any] = {
        "model": tiny_body,
        "detector": Configured(
            stage=KnownDetector(exact_detections(tiny_body, motion, known_camera())),
            settings={"of": 1},
            packages=("mediapipe",),
        ),
        "estimator": Configured(stage=make_estimator(tiny_body, iterations=1), settings={}),
        "register_target": Configured(stage=cast(Any, WritingRegistrar()), settings={}),
        "learner": Configured(stage=cast(Any, WritingLearner()), settings={}),
        "provenance": {},
        "keep_checkpoints": False,
    }
    return Stages(**(dict.fromkeys(Stages.__dataclass_fields__) | made))


@pytest.fixture(autouse=True)
def made_of_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is checked or written but what concerns keys."""
    monkeypatch.setattr(pipeline, "choose_frames", lambda *_: [0])
    for name in ("write_pictures", "write_facts", "collect", "facts_of", "save_performer", "open_references"):
        monkeypatch.setattr(pipeline, name, lambda *_, **__: None)
    with unchecked():
        yield


def clip() -> Clip:
    size = ImageSize(height=48, width=64)
    picture = np.zeros((size.height, size.width, 3), np.uint8)
    video = Video(open_frames=lambda: iter([picture] * FRAMES), size=size, fps=Fraction(12), frame_count=FRAMES)
    return Clip(paths=(Path("a.mp4"),), first=0, stop=FRAMES, video=video, digest="blank")


def keys(folder: Path) -> dict[str, set[str]]:
    """Under what each step is stored."""
    return {step: {path.name for path in (folder / step).glob("[!.]*")} for step in STEPS}


def learn(folder: Path, stages: Stages) -> dict[str, bool]:
    """Learn a performer; whether each step was found."""
    run = Run(Cache(folder))
    pipeline.learn_performer(clip(), stages, run)
    return {step: run.costs.get(step, run.costs.get(f"target_{step}")).cached for step in STEPS}  # pyright: ignore


@pytest.mark.slow
def test_nothing_is_done_twice(stages: Stages, tmp_path: Path) -> None:
    assert not any(learn(tmp_path, stages).values())
    assert all(learn(tmp_path, stages).values())
    assert all(len(found) == 1 for found in keys(tmp_path).values())


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_step_whose_version_is_raised_and_all_after_it_are_done_again(
    step: str, stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it gives the same again: of what comes later, not all is made of its value alone."""
    learn(tmp_path, stages)
    for module in (detection, pipeline):
        stage = getattr(module, step.upper(), None)
        if stage is not None:
            monkeypatch.setattr(module, step.upper(), replace(stage, version=stage.version + 1))
    found = learn(tmp_path, stages)
    assert [name for name in STEPS if not found[name]] == list(STEPS[STEPS.index(step) :])


def of_another_version(package: str) -> Callable[[str], str]:
    return lambda name: "0.0" if name == package else vendors.version(name)


@pytest.mark.slow
@pytest.mark.parametrize(("package", "first"), [("av", "stabilize"), ("mediapipe", "detect")])
def test_a_package_that_shapes_a_step_is_part_of_its_key(
    package: str, first: str, stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(tmp_path, stages)
    monkeypatch.setattr(vendors, "installed", of_another_version(package))
    found = learn(tmp_path, stages)
    assert [name for name in STEPS if not found[name]] == list(STEPS[STEPS.index(first) :])


def test_a_prepared_folder_is_found_where_the_detector_is_not_installed(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_versions(tmp_path, ["av", "mediapipe"])
    learn(tmp_path, stages)
    monkeypatch.setattr(vendors, "installed", of_another_version("mediapipe"))
    assert all(learn(tmp_path, stages).values())


def test_versions_that_cannot_be_read_are_told(stages: Stages, tmp_path: Path) -> None:
    (tmp_path / vendors.NOTED).write_text("[1]")
    with pytest.raises(ValueError, match="expected versions of packages, got"):
        learn(tmp_path, stages)


def test_a_clip_whose_stabilization_is_another_is_detected_anew(stages: Stages, tmp_path: Path) -> None:
    for stabilization, cached in (("one", False), ("other", False), ("one", True)):
        run = Run(Cache(tmp_path))
        detection.detect(replace(clip(), stabilized=True, stabilization=stabilization), stages, run, "target")
        assert run.costs["target_detect"].cached is cached


def test_a_clip_in_which_another_person_is_meant_is_detected_anew(stages: Stages, tmp_path: Path) -> None:
    one, other = PersonPoint(x=0.2, y=0.5), PersonPoint(x=0.8, y=0.5)
    for person, cached in ((None, False), (one, False), (other, False), (one, True), (None, True)):
        run = Run(Cache(tmp_path))
        detection.detect(replace(clip(), person=person), stages, run, "target")
        assert run.costs["target_detect"].cached is cached


@pytest.mark.slow
@pytest.mark.parametrize("keep", [True, False])
def test_checkpoints_go_when_the_performer_stands_unless_they_are_to_be_kept(
    keep: bool, stages: Stages, tmp_path: Path
) -> None:
    learn(tmp_path, replace(stages, keep_checkpoints=keep))
    assert [path.name for path in (tmp_path / "training").glob("*/*.ckpt")] == (["last.ckpt"] if keep else [])
    learn(tmp_path, replace(stages, keep_checkpoints=False))
    assert not list((tmp_path / "training").glob("*/*.ckpt"))
