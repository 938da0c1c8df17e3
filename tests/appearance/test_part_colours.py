"""Colours that a stretch of the body does not have are foreign to it."""

import numpy as np
import pytest

from motion_transfer.appearance.part_colours import STRETCHES, is_foreign, palettes, stretch_of_vertex
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS

BROWN, PALE, GLOVE = (np.array(rgb) / 255 for rgb in ((140, 97, 67), (224, 178, 150), (235, 235, 230)))
APART = 0.22
SHIRT = np.array([90, 105, 130]) / 255
HAND, FOREARM = (PARTS.index(name) * STRETCHES for name in ("left_hand", "left_forearm"))


def foreign_on_hand(rgb: np.ndarray, hand: np.ndarray) -> np.ndarray:
    return is_foreign(rgb, np.full(len(rgb), HAND), {HAND: hand[None]}, APART)


@pytest.mark.parametrize("hand", [BROWN, PALE, GLOVE])
def test_a_hand_in_shadow_is_still_a_hand(hand: np.ndarray) -> None:
    assert not foreign_on_hand(np.linspace(0.85, 1.0, 9)[:, None] * hand, hand).any()


@pytest.mark.parametrize("other", [(103, 102, 105), (118, 140, 165), (70, 110, 40)])
def test_grey_blue_and_green_of_a_hands_brightness_are_no_hand(other: tuple[int, int, int]) -> None:
    assert foreign_on_hand(np.array([other]) / 255, BROWN).all()


def test_what_is_much_brighter_is_no_hand_and_the_tint_of_darkness_tells_nothing() -> None:
    assert foreign_on_hand(1.8 * BROWN[None], BROWN).all()
    near_black = np.array([[14, 9, 14], [0, 0, 0]]) / 255
    assert not foreign_on_hand(near_black, np.array([40, 25, 20]) / 255).any()


def test_a_sleeve_is_the_arms_own_where_it_is_worn_and_foreign_far_from_it() -> None:
    stretch = FOREARM + np.repeat(np.arange(STRETCHES), 100)
    sleeved = stretch < FOREARM + 3
    rgb = np.where(sleeved[:, None], SHIRT, BROWN)
    known = palettes(rgb, stretch, 0.05)
    assert not is_foreign(rgb, stretch, known, APART).any()
    swapped = np.where(sleeved[:, None], BROWN, SHIRT)
    foreign = is_foreign(swapped, stretch, known, APART)
    for number in range(STRETCHES):
        # Beside the sleeve's end both are the arm's own, for sleeves slide.
        assert (foreign[stretch == FOREARM + number] == (number not in (2, 3))).all()


def test_a_stretch_of_few_points_has_the_colours_of_its_part() -> None:
    stretch = np.r_[np.full(200, FOREARM), np.full(10, FOREARM + 3)]
    rgb = np.where(np.arange(210)[:, None] < 20, SHIRT, BROWN)
    known = palettes(rgb, stretch, 0.05)
    assert not is_foreign(SHIRT[None], np.array([FOREARM + 3]), known, APART).any()
    assert is_foreign(np.ones((1, 3)), np.array([FOREARM + 3]), known, APART).all()


def test_what_few_points_show_is_no_colour_of_a_stretch_and_a_part_without_points_vetoes_nothing() -> None:
    stretch = np.full(100, FOREARM)
    rgb = np.where(np.arange(100)[:, None] < 1, SHIRT, BROWN)
    assert is_foreign(rgb, stretch, palettes(rgb, stretch, 0.05), APART).tolist() == [True] + [False] * 99
    assert not is_foreign(rgb, stretch, palettes(rgb[:5], stretch[:5], 0.05), APART).any()
    assert not is_foreign(rgb, stretch, {}, APART).any()


def test_stretches_follow_each_other_from_the_shoulder_to_the_wrist(tiny_body: BodyModel) -> None:
    stretch, x = stretch_of_vertex(tiny_body), tiny_body.template_m[:, 0].numpy()
    for name in ("left_upper_arm", "left_forearm"):
        first = PARTS.index(name) * STRETCHES
        means = [np.abs(x[stretch == number]).mean() for number in range(first, first + STRETCHES) if number in stretch]
        assert len(means) > 1
        assert np.diff(means).min() > -1e-6
    assert set(stretch[tiny_body.part_of_vertex == PARTS.index("left_hand")]) == {HAND}
