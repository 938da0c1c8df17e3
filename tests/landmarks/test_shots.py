import numpy as np

from motion_transfer.landmarks.shots import ShotFinder


def scene(seed: int) -> np.ndarray:
    """A room of three large areas with fine texture."""
    generator = np.random.default_rng(seed)
    picture = np.empty((120, 160, 3), np.uint8)
    for rows in (slice(0, 50), slice(50, 90), slice(90, 120)):
        picture[rows] = generator.integers(0, 230, 3)
    return picture + generator.integers(0, 20, picture.shape, np.uint8)


def with_dancer(picture: np.ndarray, left: int) -> np.ndarray:
    frame = picture.copy()
    frame[20:110, left : left + 40] = (230, 40, 60)
    return frame


def starts(frames: list[np.ndarray]) -> list[int]:
    finder = ShotFinder()
    return [number for number, frame in enumerate(frames) if finder(frame)]


def test_the_first_frame_starts_a_shot() -> None:
    assert starts([scene(0)]) == [0]


def test_motion_is_no_cut() -> None:
    assert starts([with_dancer(scene(0), left) for left in range(0, 120, 12)]) == [0]


def test_a_dancer_who_leaves_at_once_is_no_cut() -> None:
    assert starts([with_dancer(scene(0), 60), scene(0)]) == [0]


def test_cuts_are_found_where_they_are() -> None:
    rooms = [scene(0)] * 4 + [scene(1)] * 3 + [scene(2)] * 2
    assert starts([with_dancer(room, 8 * i) for i, room in enumerate(rooms)]) == [0, 4, 7]


def test_a_slow_change_of_light_is_no_cut() -> None:
    assert starts([(scene(0) * share).astype(np.uint8) for share in np.linspace(1, 0.5, 40)]) == [0]
