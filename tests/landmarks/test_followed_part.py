"""A part is followed by a network that finds a bright spot, wherever in its square that is."""

import numpy as np

from motion_transfer.landmarks.followed_part import FollowedPart, Found
from motion_transfer.landmarks.oriented_square import OrientedSquare

SIDE = 40.0


def square(x: float, y: float = 50.0, side: float = SIDE) -> OrientedSquare:
    return OrientedSquare(middle_px=np.array([x, y]), side_px=side, turn_rad=0.0)


def spot(x: int, y: int = 50) -> np.ndarray:
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[y - 2 : y + 3, x - 2 : x + 3] = 255
    return frame


class SpotFinder:
    """Finds the spot; remembers where it looked."""

    def __init__(self) -> None:
        self.looked_at: list[float] = []

    def __call__(self, picture: np.ndarray, where: OrientedSquare) -> Found:
        self.looked_at.append(float(where.middle_px[0]))
        rows, columns = np.nonzero(where.cut(picture, 40)[..., 0] > 100)
        middle = np.array([columns.mean(), rows.mean()]) + 0.5 if len(rows) else np.array([20.0, 20.0])
        at = where.in_picture(middle[None] / 40)
        return Found(xy_px=at, xyz=np.zeros((1, 3)), confidence=float(len(rows) > 0), square=square(at[0, 0], at[0, 1]))


def test_a_part_is_looked_for_where_the_body_has_it_and_once_more_from_nearby() -> None:
    find = SpotFinder()
    found = FollowedPart(find)(spot(60), square(55))
    assert found is not None
    assert np.allclose(found.xy_px, [60.5, 50.5], atol=0.6)
    assert np.allclose(find.looked_at, [55, 60.5], atol=0.6)


def test_a_part_that_was_found_is_followed_by_its_own_square_moved_with_the_body() -> None:
    find = SpotFinder()
    follow = FollowedPart(find)
    follow(spot(60), square(55))
    find.looked_at.clear()
    assert follow(spot(70), square(65)) is not None
    assert np.allclose(find.looked_at, [70.5], atol=0.6)


def test_a_part_that_is_lost_is_looked_for_anew_where_the_body_has_it() -> None:
    find = SpotFinder()
    follow = FollowedPart(find)
    follow(spot(60), square(55))
    assert follow(spot(150), square(55)) is None
    assert follow(spot(150), square(145)) is not None


def test_what_is_found_away_from_where_the_body_has_the_part_is_not_the_part() -> None:
    assert FollowedPart(SpotFinder())(spot(74), square(57)) is None


def test_nothing_is_looked_for_in_a_few_pixels_or_where_the_body_is_not_known() -> None:
    find = SpotFinder()
    follow = FollowedPart(find)
    assert follow(spot(60), square(60, side=8.0)) is None
    assert follow(spot(60), None) is None
    assert not find.looked_at
