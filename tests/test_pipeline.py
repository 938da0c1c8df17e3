"""The dataflow: what each verb hands on, and what it says where it cannot do its best."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from checked_shapes import unchecked

from motion_transfer.body.model import BodyModel
from motion_transfer.detection import stabilize
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.events import Event, Fallback
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.cache import Cache
from motion_transfer.files.clips import part_of
from motion_transfer.pipeline import NOT_REGISTERED, capture, capture_source, check_long_enough, retarget
from motion_transfer.run import Run
from motion_transfer.stages import Configured, Stages

SIZE = ImageSize(height=48, width=64)
FRAMES = 12


class CountingDetector:
    """Gives known detections, and counts how often it is asked."""

    def __init__(self, detections: Detections) -> None:
        self.detections, self.asked = detections, 0

    def __call__(self, video: Video, person: PersonPoint | None = None) -> Detections:
        self.asked += 1
        assert sum(1 for _ in video) == len(video)
        return self.detections


def blank_clip(*, stabilized: bool | None = None) -> Clip:
    picture = np.zeros((SIZE.height, SIZE.width, 3), np.uint8)
    video = Video(open_frames=lambda: iter([picture] * FRAMES), size=SIZE, fps=Fraction(12), frame_count=FRAMES)
    return Clip(paths=(Path("a.mp4"),), first=0, stop=FRAMES, video=video, digest="blank", stabilized=stabilized)


@pytest.fixture
def stages(tiny_body: BodyModel) -> Stages:
    """Stages that know the motion: a detector without errors, and a short fit."""
    from known_clips import exact_detections, known_camera, made_up_dance, make_estimator

    motion = made_up_dance(tiny_body, seconds=FRAMES / 15)
    detections = exact_detections(tiny_body, motion, known_camera())
    made: dict[str, Any] = {
        "model": tiny_body,
        "detector": Configured(stage=CountingDetector(detections), settings={"name": "known"}),
        "estimator": Configured(stage=make_estimator(tiny_body, iterations=10), settings={"iterations": 10}),
        "register_source": None,
    }
    fields: dict[str, Any] = dict.fromkeys(Stages.__dataclass_fields__)
    with unchecked():  # what these tests do not reach is None
        return Stages(**(fields | made))


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def new_run(tmp_path: Path, heard: list[Event]) -> Callable[[], Run]:
    return lambda: Run(Cache(tmp_path), [heard.append])


def test_a_still_clip_is_left_as_it_is_and_looked_at_once(new_run: Callable[[], Run]) -> None:
    run, clip = new_run(), blank_clip()
    found = stabilize(clip, run, "source")
    assert found.stabilized is True
    assert found.video.open_frames is clip.video.open_frames
    assert stabilize(found, run, "source") is found
    assert run.costs["source_stabilize"].frames == FRAMES


@pytest.mark.slow
def test_a_capture_is_found_again_without_detecting_or_fitting(stages: Stages, new_run: Callable[[], Run]) -> None:
    captures = []
    for cached in (False, True):
        run = new_run()
        captures.append(capture(blank_clip(stabilized=True), stages, run, "source"))
        assert run.costs["source_detect"].cached is cached
        assert run.costs["source_fit"].cached is cached
    assert cast(CountingDetector, stages.detector.stage).asked == 1
    poses = [found.motion.pose.parent_from_joint for found in captures]
    assert bool((poses[0] == poses[1]).all())


@pytest.mark.slow
def test_other_detections_are_fitted_anew(stages: Stages, new_run: Callable[[], Run]) -> None:
    """What a step is stored under contains what the step before it gave."""
    capture(blank_clip(stabilized=True), stages, new_run(), "source")
    before = cast(CountingDetector, stages.detector.stage).detections
    moved = replace(before, landmarks_2d=replace(before.landmarks_2d, xy_px=before.landmarks_2d.xy_px + 1))
    other = Configured(stage=CountingDetector(moved), settings={"name": "another"})
    run = new_run()
    with unchecked():
        changed = replace(stages, detector=other)
    capture(blank_clip(stabilized=True), changed, run, "source")
    assert not run.costs["source_fit"].cached


@pytest.mark.slow
def test_a_source_without_registration_keeps_the_fit_to_its_landmarks(
    stages: Stages, new_run: Callable[[], Run], heard: list[Event]
) -> None:
    source = capture_source(blank_clip(), stages, new_run())
    assert source.capture is not None
    assert NOT_REGISTERED not in source.capture.fallbacks
    assert source.motion is source.capture.motion
    assert source.clip is not None
    assert source.clip.stabilized


@pytest.mark.slow
def test_the_cuts_of_a_source_reach_the_retargeter(stages: Stages, new_run: Callable[[], Run]) -> None:
    found = cast(CountingDetector, stages.detector.stage).detections
    cut = Configured(stage=CountingDetector(replace(found, shot_starts=(0, 3))), settings={"name": "cut"})
    told: list[Any] = []
    with unchecked():
        changed = replace(stages, detector=cut, retargeter=lambda *args: told.extend(args))
    source = capture_source(blank_clip(), changed, new_run())
    assert source.shot_starts == (0, 3)
    facts = SimpleNamespace(motion=source.motion, camera=source.camera)
    with unchecked():
        retarget(source, cast(Any, SimpleNamespace(body=source.body, facts=facts)), changed, new_run())
    assert told[-1] == (0, 3)


@pytest.mark.slow
def test_before_a_background_that_moves_nothing_is_registered_and_everyone_hears_of_it(
    stages: Stages, new_run: Callable[[], Run], heard: list[Event]
) -> None:
    with unchecked():
        registering = replace(stages, register_source=cast(Any, Configured(stage=None, settings={})))
    source = capture_source(blank_clip(stabilized=False), registering, new_run())
    assert source.capture is not None
    assert source.capture.fallbacks[-1] == NOT_REGISTERED
    assert [event.sentence for event in heard if isinstance(event, Fallback)][-1] == NOT_REGISTERED


def test_a_glimpse_of_a_target_is_refused() -> None:
    clip = blank_clip()
    check_long_enough(clip)
    with pytest.raises(ValueError, match=r"expected a target of at least 1 s, got 0.92 s"):
        check_long_enough(part_of(clip, 0, 11))
