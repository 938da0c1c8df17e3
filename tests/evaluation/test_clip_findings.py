"""What is said of a clip follows from what it shows, and nothing is said of a good one."""

import re
from dataclasses import replace

import pytest
import torch

from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.clip_facts import PersonFacts
from motion_transfer.evaluation.clip_findings import (
    BOTH,
    SOURCE,
    TARGET,
    ClipDiagnostic,
    PictureFacts,
    lines_for,
    person_findings,
    picture_findings,
)

SIZE = ImageSize(height=1080, width=1920)
PERSON = PersonFacts(
    seen=1.0,
    height=0.7,
    missing={"head": 0.0, "hands": 0.05, "legs": 0.0, "feet": 0.0},
    turned_deg=torch.tensor([0.0, 90.0, 180.0, -90.0]),
    up_deg=torch.tensor([0.0, 10.0, -10.0, 170.0]),
    width=1.0,
    spread=0.1,
)
PICTURES = PictureFacts(level=120.0, blur=(0.3, 0.35), sway=0.0, people=1, cuts_s=())


def found(
    person: PersonFacts = PERSON, pictures: PictureFacts = PICTURES, *, seconds: float = 30.0
) -> list[ClipDiagnostic]:
    return [*person_findings(person, SIZE, seconds), *picture_findings(pictures, person)]


def test_nothing_speaks_against_a_good_clip() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("change", "use", "words"),
    [
        ({"height": 0.2}, BOTH, "20 % of the picture's height: too small, crop to the person"),
        ({"up_deg": torch.full((4,), 175.0)}, BOTH, "head down in most frames; if the clip is turned, add rotate=180"),
        ({"up_deg": torch.full((4,), 80.0)}, BOTH, "lying to the right in most frames; .* add rotate=270"),
        ({"up_deg": torch.full((4,), -95.0)}, BOTH, "lying to the left in most frames; .* add rotate=90"),
        (
            {"missing": {**PERSON.missing, "feet": 0.5}},
            BOTH,
            "the feet are not seen in 50 % of the frames; film from head",
        ),
        ({"missing": {**PERSON.missing, "head": 1.0}}, BOTH, "the head is not seen in 100 %"),
        ({"width": 0.6}, BOTH, "60 % as wide as people are; if the clip is squeezed, widen it"),
        ({"spread": 0.01}, TARGET, "hardly moves"),
        ({"seen": 0.0}, BOTH, "nobody was found; use a clip"),
        ({"seen": 0.6}, BOTH, "nobody was found in 40 % of the frames"),
        (
            {"turned_deg": torch.tensor([0.0, 80.0, 70.0, 10.0])},
            TARGET,
            "never shows the person's back or left side; .* a full turn",
        ),
    ],
)
def test_what_is_wrong_with_the_person_is_said(change: dict[str, object], use: str, words: str) -> None:
    (one,) = found(replace(PERSON, **change))
    assert one.use == use
    assert re.search(words, one.sentence)


@pytest.mark.parametrize(
    ("change", "use", "words"),
    [
        ({"level": 20.0}, BOTH, "the picture is dark; more light"),
        ({"level": 240.0}, BOTH, "overexposed"),
        ({"blur": (0.8, 0.7, 0.3)}, TARGET, "blurred in 67 % of the frames"),
        ({"sway": 0.02}, TARGET, "sways by 2.0 % of the picture, which is undone"),
        ({"sway": float("inf")}, BOTH, "moves too far to be held still; film from a tripod"),
        ({"people": 2}, BOTH, "2 people were seen; the largest one is followed, unless person=x,y says whom"),
        ({"cuts_s": (1.5, 4.0)}, BOTH, "another shot begins at 1.5, 4.0 s"),
    ],
)
def test_what_is_wrong_with_the_pictures_is_said(change: dict[str, object], use: str, words: str) -> None:
    (one,) = found(pictures=replace(PICTURES, **change))
    assert one.use == use
    assert words in one.sentence


def test_a_camera_that_was_not_level_is_told_by_who_leans_all_the_time() -> None:
    turned = torch.tensor([0.0, 20.0, -30.0, 170.0])
    leaning = replace(PERSON, up_deg=torch.tensor([25.0, 20.0, 30.0, 25.0]), turned_deg=turned)
    said = "the person leans 25 degrees to the right in nearly all frames; if the camera was not level, straighten"
    assert [one.use for one in found(leaning) if one.sentence.startswith(said)] == [BOTH]
    swaying = replace(leaning, up_deg=torch.tensor([25.0, -20.0, 30.0, -25.0]))
    bent_aside = replace(leaning, turned_deg=torch.tensor([90.0, 80.0, -90.0, 95.0]))
    assert not any("leans" in one.sentence for person in (swaying, bent_aside) for one in found(person))


def test_a_short_or_coarse_clip_is_worse_as_a_target_alone() -> None:
    coarse = person_findings(PERSON, ImageSize(height=240, width=320), 4.0)
    assert [one.use for one in coarse] == [TARGET, TARGET]
    assert lines_for(coarse, SOURCE) == ()
    assert "only 168 pixels tall" in lines_for(coarse, TARGET)[0]
    assert "4.0 s is short" in lines_for(coarse, TARGET)[1]
    assert "too short to learn from" in found(seconds=0.5)[0].sentence


def test_legs_that_are_missing_are_said_once() -> None:
    (one,) = found(replace(PERSON, missing={"head": 0.0, "hands": 0.0, "legs": 0.9, "feet": 1.0}))
    assert "the legs are not seen in 90 %" in one.sentence
