import numpy as np

from motion_transfer.landmarks.leaps import find_leaps

FPS = 10.0


def walk(places_px: list[float]) -> np.ndarray:
    """Landmarks of somebody 100 px tall who is at these places."""
    body = np.array([[0.0, 0.0], [10.0, 50.0], [-10.0, 100.0]])
    return np.stack([body + [place, 0.0] for place in places_px])


def test_steps_and_sprints_are_no_leaps() -> None:
    assert find_leaps(walk([0, 20, 50, 90, 130]), np.ones(5, bool), FPS) == {}


def test_a_leap_is_told_with_its_length_even_across_frames_without_anybody() -> None:
    xy = walk([0, 5, 0, 210, 215])
    assert find_leaps(xy, np.array([True, True, False, True, True]), FPS) == {3: 2.05}


def test_somebody_who_was_away_for_long_may_be_elsewhere() -> None:
    seen = np.array([True, *[False] * 9, True])
    assert find_leaps(walk([0.0] * 10 + [300.0]), seen, FPS) == {}


def test_nobody_does_not_leap() -> None:
    assert find_leaps(walk([0, 300]), np.zeros(2, bool), FPS) == {}
