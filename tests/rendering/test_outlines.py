"""Outlines of regions and their normals."""

import numpy as np

from motion_transfer.rendering.outlines import disc, inner_rim, outward_normals


def ball(radius: float = 20.0) -> np.ndarray:
    y, x = np.mgrid[:64, :64] - 31.5
    return np.hypot(x, y) < radius


def test_the_rim_is_what_has_a_neighbour_outside() -> None:
    region, expected = ball(), np.zeros((64, 64), bool)
    for y, x in np.argwhere(region):
        expected[y, x] = not region[y - 1 : y + 2, x - 1 : x + 2].all()
    np.testing.assert_array_equal(inner_rim(region), expected)


def test_the_border_of_the_picture_is_no_outline() -> None:
    assert not inner_rim(np.ones((5, 7), bool)).any()


def test_normals_of_a_ball_lead_away_from_its_middle() -> None:
    y, x = np.nonzero(inner_rim(ball()))
    true = np.stack([y, x], 1) - 31.5
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    assert (outward_normals(ball(), 2.0)[y, x] * true).sum(1).min() > 0.98


def test_where_nothing_changes_there_is_no_normal() -> None:
    assert (outward_normals(np.ones((20, 20), bool), 1.5) == 0).all()


def test_a_disc_is_round_and_as_wide_as_its_radius_on_both_sides() -> None:
    assert disc(5).shape == (11, 11)
    assert 0.7 < disc(5).mean() < 0.85  # pi / 4 in the limit
