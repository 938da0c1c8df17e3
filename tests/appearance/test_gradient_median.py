"""The median of gradients, integrated."""

import numpy as np
import pytest

from motion_transfer.appearance.gradient_median import without_steps
from motion_transfer.appearance.masked_median import masked_median, masked_median_difference


def integrated(samples: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    down = masked_median_difference(samples[:, :-1], samples[:, 1:], hidden[:, :-1] | hidden[:, 1:])
    right = masked_median_difference(samples[:, :, :-1], samples[:, :, 1:], hidden[:, :, :-1] | hidden[:, :, 1:])
    return without_steps(masked_median(samples, hidden), down, right, ~hidden.any(0), lambda: None)


def scene(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(60, 160, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(30, 40), (101, 75), (160, 240)])
def test_light_that_changes_while_a_place_is_hidden_leaves_no_step(size: tuple[int, int]) -> None:
    height, width = size
    truth = scene(height, width)
    samples, hidden = np.stack([truth] * 9), np.zeros((9, height, width), bool)
    samples[5:] += 30  # the light goes on
    hidden[:5, height // 4 : -height // 4, width // 4 : -width // 4] = True
    plain = masked_median(samples, hidden)
    assert (plain.astype(int) - truth)[height // 2, width // 2].min() == 30
    assert np.abs(integrated(samples, hidden).astype(int) - truth).max() <= 1


def test_a_region_at_the_edge_and_one_with_a_hole_are_levelled_too() -> None:
    truth = scene(90, 120)
    samples, hidden = np.stack([truth] * 8), np.zeros((8, 90, 120), bool)
    samples[6:] -= 20
    hidden[:6, :50, 30:90] = True
    hidden[:, 10:20, 50:60] = True  # no sample shows what is here
    result = integrated(samples, hidden).astype(int)
    shown = ~hidden.all(0)
    assert np.abs(result - truth)[shown].max() <= 1


def test_what_was_never_hidden_and_pictures_without_steps_keep_their_values() -> None:
    truth = scene(60, 50)
    hidden = np.random.default_rng(1).random((5, 60, 50)) < 0.3
    hidden[:, :20] = False
    np.testing.assert_array_equal(integrated(np.stack([truth] * 5), hidden)[~hidden.all(0)], truth[~hidden.all(0)])
    moving = np.random.default_rng(2).integers(0, 256, (5, 60, 50, 3)).astype(np.uint8)
    np.testing.assert_array_equal(integrated(moving, hidden)[:20], masked_median(moving, hidden)[:20])


def test_the_search_advances_and_can_be_ended() -> None:
    samples = np.random.default_rng(3).integers(0, 256, (3, 200, 200, 3)).astype(np.uint8)
    hidden = np.random.default_rng(4).random((3, 200, 200)) < 0.5
    down = masked_median_difference(samples[:, :-1], samples[:, 1:], hidden[:, :-1] | hidden[:, 1:])
    right = masked_median_difference(samples[:, :, :-1], samples[:, :, 1:], hidden[:, :, :-1] | hidden[:, :, 1:])
    calls = []

    def advance() -> None:
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        without_steps(masked_median(samples, hidden), down, right, ~hidden.any(0), advance)
    assert len(calls) == 5
