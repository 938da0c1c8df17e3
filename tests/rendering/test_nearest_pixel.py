"""Masks without their rims."""

import numpy as np

from motion_transfer.rendering.nearest_pixel import without_rim


def test_a_wide_mask_loses_its_rim_and_a_thin_one_keeps_its_middle() -> None:
    mask = np.zeros((40, 60), bool)
    mask[5:35, 5:25] = True  # wide
    mask[5:35, 40:43] = True  # three pixels thin
    left = without_rim(mask, 2.0)
    wide = np.zeros_like(mask)
    wide[7:33, 7:23] = True
    np.testing.assert_array_equal(left[:, :30], wide[:, :30])
    assert left[7:33, 41].all()
    assert not left[:, 40].any()
