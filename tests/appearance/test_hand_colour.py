import numpy as np
import pytest

from motion_transfer.appearance.hand_colour import is_no_hand

BROWN, PALE, WHITE_GLOVE = (np.array(rgb) / 255 for rgb in ((140, 97, 67), (224, 178, 150), (235, 235, 230)))


@pytest.mark.parametrize("hand", [BROWN, PALE, WHITE_GLOVE])
def test_a_hand_in_shadow_or_in_bright_light_is_still_a_hand(hand: np.ndarray) -> None:
    light = np.linspace(0.6, 1.0, 9)[:, None]
    assert not is_no_hand(light * hand, hand, apart=1).any()


@pytest.mark.parametrize("other", [(103, 102, 105), (118, 140, 165), (70, 110, 40)])
def test_grey_blue_and_green_of_a_hands_brightness_are_no_hand(other: tuple[int, int, int]) -> None:
    assert is_no_hand(np.array([other]) / 255, BROWN).all()


def test_what_is_much_brighter_is_no_hand_whatever_its_tint() -> None:
    assert is_no_hand(1.8 * BROWN[None], BROWN).all()


def test_the_tint_of_what_is_nearly_black_tells_nothing() -> None:
    black = np.array([[4, 4, 10], [0, 0, 0], [10, 9, 3]]) / 255
    assert not is_no_hand(black, BROWN, apart=1).any()
