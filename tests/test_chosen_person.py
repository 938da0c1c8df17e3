"""Whom the settings mean reaches the clip that they are given for, and no other."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from drawn_figures import SIZE, Figure, FigureDetector, clip_of, drawn
from numbered_clips import write_clip
from skeleton_files import write_person

from motion_transfer.assembly import assemble_from
from motion_transfer.chain import TransferInputs, open_inputs
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.verbatim_settings import Verbatim, verbatim
from motion_transfer.detection import FoundPerson, detect, part_of_found
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import Video
from motion_transfer.files.clips import Reading, open_clip, turned_upright
from motion_transfer.landmarks.person_tracker import PersonTracker
from motion_transfer.stages import Configured, PersonDetector


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "anna.mp4", count=40)


def opened(source: Path, target: Path | None, *words: str, performer: Path | None = None) -> TransferInputs:
    given: dict[str, Verbatim] = {"source": source, "target": target, "performer": performer}
    for word in words:
        known = verbatim(word)
        assert known is not None
        given |= dict([known])
    return open_inputs(compose("transfer", [], inputs=given))


def people(inputs: TransferInputs) -> tuple[PersonPoint | None, PersonPoint | None]:
    assert inputs.source.clip is not None
    assert inputs.target is not None
    return inputs.source.clip.person, inputs.target.person


def shown(*points: PersonPoint | None) -> list[str]:
    return [str(point) for point in points]


@pytest.mark.slow
def test_a_person_is_meant_in_both_clips_or_in_one(clip: Path) -> None:
    assert people(opened(clip, clip)) == (None, None)
    assert shown(*people(opened(clip, clip, "person=0.2,0.5"))) == ["0.2,0.5", "0.2,0.5"]
    assert shown(*people(opened(clip, clip, "source_person=0.2,0.5"))) == ["0.2,0.5", "None"]
    assert shown(*people(opened(clip, clip, "person=0.2,0.5", "target_person=largest"))) == ["0.2,0.5", "None"]


@pytest.mark.parametrize("role", ["source", "target"])
def test_a_wrong_point_is_told_by_its_own_setting(role: str, clip: Path) -> None:
    with pytest.raises(ValueError, match=f"expected {role}_person=largest or {role}_person=x,y"):
        opened(clip, clip, f"{role}_person=left")


@pytest.mark.slow
def test_nobody_can_be_meant_where_there_is_no_video(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a video as the target for target_person, got .*anna; leave"):
        opened(clip, None, "target_person=0.5,0.5", performer=tmp_path / "anna")
    motion = write_person(tmp_path / "wave.bvh")
    with pytest.raises(ValueError, match=r"expected a video as the source for source_person, got .*wave.bvh; leave"):
        opened(motion, clip, "source_person=0.5,0.5")
    assert opened(motion, clip, "person=0.5,0.5").source.clip is None  # which is for the target alone then


def test_the_point_is_part_of_what_a_clip_is(clip: Path) -> None:
    one, other = (open_clip(clip, reading=Reading(person=PersonPoint(x=x, y=0.5))) for x in (0.2, 0.8))
    assert len({one.digest, other.digest, open_clip(clip).digest}) == 3
    assert one.title == open_clip(clip).title  # for people it is the same file


def test_the_point_turns_with_its_clip(clip: Path) -> None:
    turned = turned_upright(open_clip(clip, reading=Reading(person=PersonPoint(x=0.2, y=0.1))), 180)
    assert str(turned.person) == "0.8,0.9"
    asked = open_clip(clip, reading=Reading(person=PersonPoint(x=0.2, y=0.1), rotate=90))
    assert str(asked.person) == "0.9,0.2"


@pytest.mark.slow
def test_in_a_later_part_of_a_clip_the_person_is_pointed_at_where_the_part_begins() -> None:
    walk = [Figure(left=10 + 6 * step, top=60, height=90, shade=1) for step in range(30)]
    video = clip_of([drawn([figure, Figure(left=240, top=20, height=160, shade=2)]) for figure in walk])
    point = PersonPoint(x=0.08, y=0.5)
    whole = Clip(paths=(Path("a.mp4"),), first=0, stop=30, video=video, digest="a+person0.08,0.5", person=point)
    follow = PersonTracker(
        detector=FigureDetector(), segmenter=None, detection_px=300, mask_px=100, min_detected_fraction=0.2, parts=None
    )
    found = FoundPerson(whole, follow(video, point))
    part = part_of_found(found, 20, 30)
    assert part.person is not None
    assert (part.person.x * SIZE.width, part.person.y * SIZE.height) == pytest.approx((145, 105), abs=1)
    assert torch.allclose(
        follow(part.video, part.person).landmarks_2d.xy_px, found.detections.landmarks_2d.xy_px[20:], atol=1.5
    )
    anybody = FoundPerson(replace(whole, person=None), found.detections)
    assert part_of_found(anybody, 20, 30).person is None


@pytest.mark.slow
def test_a_detector_of_the_users_own_that_knows_no_points_is_refused_with_one(clip: Path, tmp_path: Path) -> None:
    class OnlyVideo:
        def __call__(self, video: Video) -> Detections:
            raise AssertionError("not reached")

    made = assemble_from("preset=draft", "progress=none", f"work_dir={tmp_path / 'work'}")
    stages = replace(made.stages, detector=Configured(stage=cast(PersonDetector, OnlyVideo()), settings={}))
    pointed = open_clip(clip, reading=Reading(person=PersonPoint(x=0.2, y=0.5)))
    with pytest.raises(ValueError, match=r"got OnlyVideo, which takes a video alone, and person=0\.2,0\.5"):
        detect(pointed, stages, made.run, "source")
