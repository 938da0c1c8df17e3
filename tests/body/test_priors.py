import numpy as np
import pytest
import roma
import torch

from motion_transfer.body.priors import hinge_energy, limit_energy, pose_energy
from motion_transfer.body.skeleton import ANKLES, JOINTS, WRISTS, joint


@pytest.mark.parametrize(("name", "healthy"), [("left_knee", (0.8, 0, 0)), ("right_knee", (0.8, 0, 0))])
def test_a_knee_that_bends_backward_costs_more(name: str, healthy: tuple[float, ...]) -> None:
    energy = [bent(name, torch.tensor(healthy) * sign) for sign in (1, -1)]
    assert energy[0] < 1e-3
    assert energy[1] > 1


@pytest.mark.parametrize(("name", "healthy"), [("left_elbow", (0, -0.8, 0)), ("right_elbow", (0, 0.8, 0))])
def test_an_elbow_that_bends_backward_costs_more(name: str, healthy: tuple[float, ...]) -> None:
    energy = [bent(name, torch.tensor(healthy) * sign) for sign in (1, -1)]
    assert energy[0] < 1e-3
    assert energy[1] > 1


def bent(name: str, turn: torch.Tensor) -> float:
    rotations = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    rotations[0, joint(name)] = roma.rotvec_to_rotmat(turn.float())
    return float(hinge_energy(rotations))


def test_the_pose_prior_is_nothing_at_rest_and_grows_with_the_angle() -> None:
    turns = torch.zeros(3, len(JOINTS), 3)
    turns[1, joint("spine1"), 0], turns[2, joint("spine1"), 0] = 0.2, 0.4
    turns[:, 0] = torch.tensor([0.0, 2.0, 0])
    energy = pose_energy(roma.rotvec_to_rotmat(turns))
    assert energy[0] == 0
    assert energy[2] / energy[1] == pytest.approx((1 - np.cos(0.4)) / (1 - np.cos(0.2)), rel=1e-4)


@pytest.mark.parametrize(
    ("turned", "angles"),
    [
        (WRISTS[1], ((0.8, 0.0, 0.0), (0.0, 0.0, -1.6), (0.0, 0.0, -1.8))),
        (ANKLES[0], ((-0.8, 0.0, 0.0), (0.0, 0.3, 0.0), (0.0, 0.4, 0.0))),
    ],
)
def test_joints_cost_nothing_within_their_limits_and_the_square_of_what_they_exceed_them_by(
    turned: int, angles: tuple[tuple[float, ...], ...]
) -> None:
    bend = torch.eye(3).repeat(3, len(JOINTS), 1, 1)
    bend[:, turned] = roma.rotvec_to_rotmat(torch.tensor(angles))
    within, beyond, farther = limit_energy(bend).tolist()
    assert within == 0
    assert farther == pytest.approx(4 * beyond, rel=1e-3)
