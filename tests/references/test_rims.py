"""The outline of a person has no slits, loose strips or notches that the references' disagreement would leave."""

import numpy as np

from motion_transfer.references.rims import rim_bounds, smoothed_outline, without_steps

SIZE, LEFT, RIGHT = 80, 20, 60
WINDOW = 500  # of which the pictures here are a part


def limb() -> np.ndarray:
    """A body that covers some columns."""
    covered = np.zeros((SIZE, SIZE), bool)
    covered[:, LEFT:RIGHT] = True
    return covered


def bounded(alpha: np.ndarray, covered: np.ndarray) -> np.ndarray:
    least, most = rim_bounds(alpha, covered, WINDOW)
    return np.minimum(np.maximum(alpha, least), most)


def test_a_narrow_slit_within_the_body_is_closed() -> None:
    covered = limb()
    alpha = covered.astype(np.float32)
    alpha[10:-10, RIGHT - 8 : RIGHT - 5] = 0.1
    np.testing.assert_allclose(bounded(alpha, covered)[10:-10, LEFT:RIGHT], 1.0)


def test_a_strip_beyond_a_wide_gap_is_no_part_of_the_person() -> None:
    covered = limb()
    alpha = covered.astype(np.float32)
    alpha[:, RIGHT : RIGHT + 10] = 1.0  # cloth, wider than the body
    alpha[:, RIGHT - 5 : RIGHT + 4] = 0.0  # and what parts it from the body
    found = bounded(alpha, covered)
    assert found[:, RIGHT + 5 :].max() < 0.01
    np.testing.assert_allclose(found[:, LEFT : RIGHT - 6], 1.0)


def test_cloth_that_stands_off_and_a_soft_edge_stay() -> None:
    covered = limb()
    alpha = covered.astype(np.float32)
    alpha[:, RIGHT : RIGHT + 6] = np.array([1.0, 1.0, 1.0, 0.75, 0.5, 0.25], np.float32)
    np.testing.assert_allclose(bounded(alpha, covered), alpha, atol=1e-6)


def test_the_middle_of_a_limb_needs_no_reference_to_believe_in_it() -> None:
    covered = limb()
    alpha = covered.astype(np.float32)
    alpha[30:50, 35:45] = 0.0  # a hole, such as a window of another colour
    found = bounded(alpha, covered)
    np.testing.assert_allclose(found[:, RIGHT - 4 : RIGHT], 1.0)
    np.testing.assert_allclose(found[:, LEFT : LEFT + 4], 1.0)


def test_notches_of_clothes_are_smoothed_and_tufts_of_hair_stay() -> None:
    alpha = limb().astype(np.float32)
    alpha[20:22, RIGHT - 3 : RIGHT] = 0.0
    alpha[50:52, RIGHT : RIGHT + 3] = 1.0
    clothes = smoothed_outline(alpha, np.ones_like(alpha), WINDOW)
    before, after = (np.abs(np.diff(picture[10:-10], axis=0)).sum() for picture in (alpha, clothes))
    assert after < 0.7 * before  # steps along the outline
    np.testing.assert_array_equal(smoothed_outline(alpha, np.zeros_like(alpha), WINDOW), alpha)


def test_a_person_of_few_pixels_keeps_thin_limbs() -> None:
    thin = np.zeros((40, 40), np.float32)
    thin[5:-5, 19:21] = 1.0
    np.testing.assert_array_equal(smoothed_outline(thin, np.ones_like(thin), 64.0), thin)
    least, most = rim_bounds(thin, thin > 0, 64)
    np.testing.assert_array_equal(np.minimum(np.maximum(thin, least), most), thin)


def test_the_edge_of_a_person_of_few_pixels_has_no_steps() -> None:
    y, x = np.mgrid[:40, :40]
    steps = (x > y // 4 + 10).astype(np.float32)  # a limb's edge, four rows to a column
    drawn = without_steps(steps, np.zeros_like(steps), px_per_cell=1.0)
    below, above = np.abs(np.diff(drawn[2:-2], axis=0)).max(), np.abs(np.diff(steps[2:-2], axis=0)).max()
    assert (below, above) == (0.25, 1.0)
    np.testing.assert_array_equal(drawn[:, :8], steps[:, :8])
    np.testing.assert_array_equal(
        without_steps(steps, np.ones_like(steps), px_per_cell=1.0), steps
    )  # filmed edges stay
    assert without_steps(steps, np.zeros_like(steps), px_per_cell=3.0) is steps
