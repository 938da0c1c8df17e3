"""A filmed head is laid where the driven one is and its face moves a little; a foot follows the driven one."""

import numpy as np
import pytest
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.references.part_layer import MOST_SHIFT, MOST_STRETCH, face_shift, followed


def turned(x_deg: float = 0.0, y_deg: float = 0.0, z_deg: float = 0.0) -> Float[Tensor, "3 3"]:
    """About axes of the camera: x to the right, y down, z away."""
    x, y, z = (
        roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor(axis)))
        for axis in ([x_deg, 0.0, 0.0], [0.0, y_deg, 0.0], [0.0, 0.0, z_deg])
    )
    return z @ y @ x


def test_a_head_turned_as_it_was_filmed_shows_its_face_in_the_middle_however_it_is_tilted() -> None:
    filmed = turned(x_deg=10, y_deg=20)
    np.testing.assert_allclose(face_shift(filmed, filmed), 0, atol=1e-6)
    np.testing.assert_allclose(face_shift(turned(z_deg=30) @ filmed, filmed), 0, atol=1e-6)


@pytest.mark.parametrize(("turn", "axis"), [(turned(y_deg=10), 0), (turned(x_deg=10), 1)])
def test_a_head_turned_further_takes_its_middle_from_beside_the_filmed_one(turn: Tensor, axis: int) -> None:
    """What the camera sees in the middle of a ball that has turned lay on the side that it has turned from."""
    middle_in_head = turn.T @ torch.tensor([0.0, 0.0, -1.0])  # of a ball whose axes were the camera's when filmed
    shift = face_shift(turn, torch.eye(3))
    np.testing.assert_allclose(shift, middle_in_head[:2], atol=1e-6)
    assert abs(shift[axis]) == pytest.approx(np.sin(np.deg2rad(10)), abs=1e-5)
    assert abs(shift[1 - axis]) < 1e-6


def test_a_face_moves_only_so_far() -> None:
    assert np.linalg.norm(face_shift(turned(y_deg=50), torch.eye(3))) == pytest.approx(MOST_SHIFT)


POINTS_PX = np.random.default_rng(0).normal(size=(40, 2)) * (30, 12)
SIMILAR = 1.2 * np.eye(2)


def test_a_foot_is_stretched_and_sheared_as_its_points_are() -> None:
    linear = np.array([[1.5, 0.2], [-0.1, 1.0]])
    found = followed(POINTS_PX @ linear.T, POINTS_PX, SIMILAR)
    np.testing.assert_allclose(found, linear, atol=1e-5)


def test_a_foot_seen_from_its_end_is_stretched_only_so_far() -> None:
    flat = followed(POINTS_PX * (1.2, 1.2), POINTS_PX * (0.05, 1.0), SIMILAR)
    np.testing.assert_allclose(np.linalg.svd(np.linalg.inv(SIMILAR) @ flat)[1], [MOST_STRETCH, 1.0], atol=1e-5)


@pytest.mark.parametrize("linear", [np.diag([-1.0, 1.0]), np.array([[0.0, -1.0], [1.0, 0.0]])])
def test_a_foot_that_the_points_would_turn_over_or_about_keeps_its_view(linear: np.ndarray) -> None:
    np.testing.assert_array_equal(followed(POINTS_PX @ linear.T, POINTS_PX, SIMILAR), SIMILAR)
