"""The median of what shows."""

import numpy as np
import pytest

from motion_transfer.appearance.masked_median import masked_median, masked_median_difference, sort_samples


def test_the_median_is_that_of_the_samples_that_show() -> None:
    random = np.random.default_rng(0)
    samples, hidden = random.integers(0, 256, (7, 5, 6, 3), np.uint8), random.random((7, 5, 6)) < 0.4
    before = samples.copy()
    median = masked_median(samples, hidden)
    for y, x in np.ndindex(5, 6):
        shown = np.sort(samples[~hidden[:, y, x], y, x], axis=0)
        expected = shown[(len(shown) - 1) // 2] if len(shown) else np.full(3, 255)
        np.testing.assert_array_equal(median[y, x], expected)
    np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 16, 40, 61])
def test_samples_are_sorted(length: int) -> None:
    samples = np.random.default_rng(length).integers(-300, 300, (length, 4, 50)).astype(np.int16)
    expected = np.sort(samples, axis=0)
    sort_samples(samples)
    np.testing.assert_array_equal(samples, expected)


def test_the_median_of_differences_is_that_of_the_samples_that_show() -> None:
    random = np.random.default_rng(0)
    earlier, later = random.integers(0, 256, (2, 6, 5, 4, 3), np.uint8)
    hidden = random.random((6, 5, 4)) < 0.5
    hidden[:, 0, 0] = True
    median = masked_median_difference(earlier, later, hidden)
    assert np.isnan(median[0, 0]).all()
    for y, x in list(np.ndindex(5, 4))[1:]:
        shown = (later.astype(int) - earlier)[~hidden[:, y, x], y, x]
        np.testing.assert_array_equal(median[y, x], np.median(shown, axis=0))
