import cv2
import numpy as np
import pytest

from motion_transfer.landmarks.shots import CutDetector


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
    detector = CutDetector()
    for frame in frames:
        detector.add(frame)
    return list(detector.shot_starts())


def test_the_first_frame_starts_a_shot() -> None:
    assert starts([scene(0)]) == [0]


def test_motion_is_no_cut() -> None:
    assert starts([with_dancer(scene(0), left) for left in range(0, 120, 12)]) == [0]


def test_a_dancer_who_is_elsewhere_at_once_was_cut() -> None:
    lefts = [20, 23, 26, 29, 100, 103, 106, 109]
    assert starts([with_dancer(scene(0), left) for left in lefts]) == [0, 4]
    assert starts([with_dancer(scene(0), left) for left in [20, *lefts[4:]]]) == [0, 1]


def test_a_lamp_that_flashes_is_no_cut() -> None:
    flash = with_dancer(scene(0), 24)
    flash[:40] = np.clip(flash[:40].astype(int) + 100, 0, 255)
    steps = [with_dancer(scene(0), 20 + 2 * i) for i in range(6)]
    assert starts([*steps[:3], flash, *steps[3:]]) == [0]


def test_motion_at_a_third_of_the_frame_rate_is_no_row_of_cuts() -> None:
    assert starts([with_dancer(scene(0), 20 + 12 * (i // 3)) for i in range(18)]) == [0]


def test_a_dancer_who_begins_to_move_is_no_cut() -> None:
    lefts = [20] * 5 + [26, 33, 41, 50]
    noise = np.random.default_rng(0)
    frames = [with_dancer(scene(0), left) for left in lefts]
    assert starts([frame + noise.integers(0, 9, frame.shape, np.uint8) for frame in frames]) == [0]


def test_cuts_are_found_where_they_are() -> None:
    rooms = [scene(0)] * 4 + [scene(1)] * 3 + [scene(2)] * 2
    assert starts([with_dancer(room, 8 * i) for i, room in enumerate(rooms)]) == [0, 4, 7]


def test_a_slow_change_of_light_is_no_cut() -> None:
    assert starts([(scene(0) * light).astype(np.uint8) for light in np.linspace(1, 0.5, 40)]) == [0]


def place(seed: int) -> np.ndarray:
    """A room of smooth colours."""
    return cv2.resize(np.random.default_rng(seed).integers(0, 230, (4, 5, 3), np.uint8), (160, 120))


@pytest.mark.parametrize("frames", [3, 6, 15])
def test_a_crossfade_to_another_place_is_a_cut_in_its_midst(frames: int) -> None:
    shares = [0.0] * 20 + np.linspace(0, 1, frames + 2)[1:-1].tolist() + [1.0] * 20
    mixed = [cv2.addWeighted(place(1), 1 - share, place(2), share, 0) for share in shares]
    dance = [with_dancer(picture, 10 + 2 * index) for index, picture in enumerate(mixed)]
    (_, middle) = starts(dance)
    assert 19 <= middle <= 20 + frames
