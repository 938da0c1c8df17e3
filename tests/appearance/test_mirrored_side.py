"""The mirror-image side lends its colours in the light of the side that takes them."""

import numpy as np
import pytest

from motion_transfer.appearance.known_surface import KnownSurface
from motion_transfer.appearance.mirrored_side import MIRROR_REACH_M, mirrored_colours


def thigh() -> tuple[np.ndarray, np.ndarray]:
    """Points a centimetre apart, and cloth that has a pattern along the body."""
    x, y = (axis.ravel() for axis in np.mgrid[0.05:0.25:0.01, 0.0:0.4:0.01])
    stripes = 0.5 + 0.2 * np.sin(30 * y)
    return np.stack([x, y, 0 * x], 1), np.stack([stripes, stripes, 0.4 + 0 * y], 1)


def test_mirrored_colours_have_the_light_of_the_side_that_takes_them() -> None:
    points_m, cloth = thigh()
    known, shade = points_m[:, 0] < 0.145, np.array([-0.1, -0.08, -0.06])
    share, colours = mirrored_colours(
        points_m[~known], points_m[known], (cloth + shade)[known], KnownSurface(points_m, cloth, depth_weight=1)
    )
    assert np.allclose(share, 1)
    lit, away_m = (colours - cloth[~known]) / shade, points_m[~known, 0] - 0.14
    assert lit[away_m < 0.011].min() > 0.9
    assert np.allclose(lit[away_m > 0.061], 0, atol=1e-6)
    assert (np.diff(lit.mean(1).reshape(-1, 40)[:6], axis=0) < 0).all()  # without an edge between


def test_where_the_sides_are_nowhere_both_known_the_colours_stay_as_they_are() -> None:
    points_m, cloth = thigh()
    known = points_m[:, 0] < 0.15
    twin = KnownSurface(points_m[~known], cloth[~known], depth_weight=1)
    far = points_m[known] - [0.1, 0, 0]
    share, colours = mirrored_colours(points_m[~known], far, cloth[known] * 0, twin)
    assert np.allclose(share, 1)
    assert np.allclose(colours, cloth[~known])


@pytest.mark.parametrize(("apart", "share"), [(0.4, 1.0), (0.75, 0.5), (0.99, 0.02), (1.5, 0.0)])
def test_mirrored_colours_fade_away_from_what_the_other_side_shows(apart: float, share: float) -> None:
    points_m, cloth = thigh()
    beside = np.array([[0.24 + apart * MIRROR_REACH_M, 0.2, 0.0]])
    found, _ = mirrored_colours(beside, points_m, cloth, KnownSurface(points_m, cloth, depth_weight=1))
    assert found == pytest.approx(share, abs=1e-6)


def test_what_is_on_one_side_only_is_no_light() -> None:
    points_m, cloth = thigh()
    known, own = points_m[:, 0] < 0.15, cloth.copy()
    own[points_m[:, 0] < 0.1] = 0.0  # long hair hangs over it
    share, colours = mirrored_colours(
        points_m[~known], points_m[known], own[known], KnownSurface(points_m, cloth, depth_weight=1)
    )
    assert np.allclose(share, 1)
    assert np.allclose(colours, cloth[~known])
