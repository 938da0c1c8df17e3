"""The median of what shows."""

import numpy as np

from motion_transfer.appearance.masked_median import masked_median


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
