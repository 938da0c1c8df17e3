import numpy as np

from motion_transfer.landmarks.identity_switches import find_identity_switches

FPS = 10.0


def walk(positions_px: list[float]) -> np.ndarray:
    """Landmarks of somebody 100 px tall who stands at these positions."""
    body = np.array([[0.0, 0.0], [10.0, 50.0], [-10.0, 100.0]])
    return np.stack([body + [x, 0.0] for x in positions_px])


def test_steps_and_sprints_are_no_switches() -> None:
    assert find_identity_switches(walk([0, 20, 50, 90, 130]), np.ones(5, bool), FPS) == {}


def test_a_switch_is_found_with_its_distance_even_across_frames_without_a_person() -> None:
    xy = walk([0, 5, 0, 210, 215])
    assert find_identity_switches(xy, np.array([True, True, False, True, True]), FPS) == {3: 2.05}


def test_somebody_who_was_away_for_long_may_be_elsewhere() -> None:
    seen = np.array([True, *[False] * 9, True])
    assert find_identity_switches(walk([0.0] * 10 + [300.0]), seen, FPS) == {}


def test_a_clip_without_a_person_has_no_switch() -> None:
    assert find_identity_switches(walk([0, 300]), np.zeros(2, bool), FPS) == {}
