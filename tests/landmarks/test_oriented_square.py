import numpy as np
import pytest

from motion_transfer.landmarks.oriented_square import OrientedSquare

SQUARE = OrientedSquare(middle_px=np.array([40.0, 30.0]), side_px=20.0, turn_rad=0.4)


def test_a_square_shows_upright_what_points_up() -> None:
    picture = np.zeros((80, 100, 3), np.uint8)
    up = np.array([np.sin(0.7), -np.cos(0.7)])
    x, y = np.array([50.0, 40.0]) + 15 * up
    picture[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2] = 255
    seen = OrientedSquare.upright(np.array([50.0, 40.0]), 60.0, up).cut(picture, 60)
    rows, columns = np.nonzero(seen[..., 0] > 100)
    assert rows.mean() == pytest.approx(15, abs=1)
    assert columns.mean() == pytest.approx(30, abs=1)


def test_places_in_a_square_are_those_of_the_picture_that_it_was_cut_from() -> None:
    rows, columns = np.mgrid[:60, :80] + 0.5
    ramps = np.stack([columns, rows, rows], -1).astype(np.uint8)  # every pixel says where it is
    side = 10
    cut = SQUARE.cut(ramps, side).astype(float)
    at = (np.stack(np.mgrid[:side, :side][::-1], -1).reshape(-1, 2) + 0.5) / side
    assert np.abs(SQUARE.in_picture(at) - 0.5 - cut[..., :2].reshape(-1, 2)).max() < 1


def test_the_square_around_points_holds_them_with_the_margin_that_is_asked_for() -> None:
    points = SQUARE.in_picture(np.random.default_rng(0).uniform(0, 1, (50, 2)))
    around = OrientedSquare.around(points, SQUARE.turn_rad, 1.5)
    inside = (points - around.middle_px) @ around.axes / around.side_px
    assert np.abs(inside).max() == pytest.approx(1 / 3)


def test_vectors_turn_with_the_square_and_keep_their_depth() -> None:
    turned = SQUARE.turned(np.array([[1.0, 0.0, 3.0]]))[0]
    assert turned.tolist() == pytest.approx([np.cos(0.4), np.sin(0.4), 3.0])
