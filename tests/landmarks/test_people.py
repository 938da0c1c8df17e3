"""Who is in a clip, with a detector that finds drawn figures as the real one finds people: one at a time."""

import numpy as np
from drawn_figures import SIZE, Figure, FigureDetector, drawn

from motion_transfer.landmarks.bounding_box import BoundingBox
from motion_transfer.landmarks.people import isolated, people_in_clip, people_in_picture

TALL, SHORT = Figure(left=40, top=30, height=150, shade=1), Figure(left=200, top=70, height=90)


def people(*figures: Figure, confidence: float = 0.9) -> list[BoundingBox]:
    with FigureDetector(confidence=confidence).open(tracking=False) as detect:
        return people_in_picture(drawn(figures), detect)


def test_one_person_is_one_person() -> None:
    [box] = people(Figure(left=50, top=40, height=120))
    assert np.allclose((box.left, box.top, box.right, box.bottom), (50 / 300, 40 / 200, 90 / 300, 160 / 200), atol=0.01)


def test_of_two_people_the_taller_comes_first() -> None:
    found = people(SHORT, TALL)
    assert [round(box.height, 2) for box in found] == [0.75, 0.45]
    assert found[0].left < 0.2


def test_a_passer_by_in_few_frames_is_left_out() -> None:
    alone, together = people(TALL), people(TALL, SHORT)
    assert people_in_clip([alone] * 4 + [together] * 2) == alone
    assert people_in_clip([alone] * 2 + [together] * 4) == [alone[0], together[1]]


def test_tiny_and_doubtful_figures_are_nobody() -> None:
    assert people(Figure(left=40, top=30, height=20)) == []
    assert people(TALL, confidence=0.3) == []


def test_nobody_is_found_in_an_empty_room() -> None:
    assert people() == []
    assert people_in_clip([[], []]) == []


def test_an_isolated_person_has_grey_around() -> None:
    picture = np.random.default_rng(0).integers(0, 90, (SIZE.height, SIZE.width, 3), np.uint8)
    kept = isolated(picture, BoundingBox(left=0.1, top=0.3, right=0.2, bottom=0.8))
    assert (kept[60:160, 30:60] == picture[60:160, 30:60]).all()
    assert (kept[:, 100:] == 127).all()  # 0.35 of the person's 100 px are left on every side
    assert (kept[:24] == 127).all()
    assert (picture <= 90).all()
