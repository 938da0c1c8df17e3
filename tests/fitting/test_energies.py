import numpy as np
import pytest
import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.fitting import energies


def test_no_residual_costs_more_than_its_robust_limit() -> None:
    squared = torch.tensor([0.0, 0.01, 1.0, 1e6])
    cost = energies.robust(squared)
    assert cost[1] == pytest.approx(0.01, rel=0.02)
    assert cost[2] == 0.5
    assert cost[3] <= 1


def test_the_acceleration_of_a_parabola_does_not_depend_on_the_frame_rate() -> None:
    costs = []
    for fps in (10.0, 50.0):
        time = torch.arange(0, 2, 1 / fps).double()
        points = torch.stack([torch.zeros_like(time), 0.5 * 3.0 * time**2, time], -1)[:, None]
        inner = torch.ones(len(time), dtype=torch.bool)
        costs.append(float(energies.acceleration(points, inner, fps, 6.0)))
    assert costs[0] == pytest.approx(costs[1], rel=1e-4)
    assert costs[0] == pytest.approx(np.log(1 + 0.25) / 2, rel=1e-4)


def test_a_thrown_hand_costs_little_more_than_a_trembling_one() -> None:
    """Ten times the acceleration costs less than eight times as much, where its square would cost a hundred times."""
    times = torch.arange(6.0)[:, None, None] / 10
    inner = torch.ones(6, dtype=torch.bool)
    along = times**2 / 2 * torch.tensor([1.0, 0, 0])
    tremble, throw = (float(energies.acceleration(a * along, inner, 10.0, 3.0)) for a in (3.0, 30.0))
    assert 2 * tremble < throw < 8 * tremble


def test_a_cut_costs_no_smoothness(tiny_body: BodyModel) -> None:
    points = torch.cat([torch.zeros(5, 2, 3), torch.ones(5, 2, 3)])
    follows = torch.ones(10, dtype=torch.bool)
    follows[[0, 5]] = False
    assert energies.acceleration(points, follows & follows.roll(-1), 25.0, 6.0) == 0
    turned = roma.rotvec_to_rotmat(points)
    assert energies.rotation_change(turned, follows, 25.0) == 0
    planted = torch.ones(10, 2, dtype=torch.bool)
    assert energies.planted_feet(points[:, :, None], planted, follows, 25.0, 0.2) == 0


def test_sunk_feet_cost_even_in_the_air_and_raised_ones_only_where_they_stand() -> None:
    soles = torch.zeros(1, 2, 3, 3)
    planted, in_air = torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.bool)

    def cost(height: float, standing: torch.Tensor) -> float:
        lifted = soles + torch.tensor([0, height, 0])
        return float(energies.on_the_ground(lifted, standing, torch.zeros(()), torch.zeros(()), 0.03))

    assert cost(0.0, planted) == 0
    assert cost(0.05, planted) > 0.5
    assert cost(0.05, in_air) == 0
    assert cost(-0.05, in_air) > 0.1


def test_upright_is_measured_against_the_ground() -> None:
    """On ground that rises toward the camera, a person along its normal costs nothing."""
    slope = torch.tensor(0.1)
    normal = torch.tensor([[0.0, 1.0, -0.1], [0.3, 1.0, -0.1]])
    standing = torch.ones(2, dtype=torch.bool)
    assert energies.upright(normal, standing, slope, 0.04) < 1e-10
    assert energies.upright(normal, standing, torch.tensor(0.0), 0.04) > 1
    assert energies.upright(normal, ~standing, torch.tensor(0.0), 0.04) == 0
