import math

import roma
import torch

from motion_transfer.geometry.directions import cross_matrix, smallest_turn, turn_about_vertical


def test_the_smallest_turn_reaches_the_goal_by_the_angle_between() -> None:
    generator = torch.Generator().manual_seed(0)
    start, goal = torch.randn(2, 50, 3, generator=generator, dtype=torch.float64)
    turn = smallest_turn(start, goal)
    reached = (turn @ start[..., None])[..., 0]
    assert torch.allclose(torch.nn.functional.cosine_similarity(reached, goal), torch.ones(50).double())
    angle = torch.acos(torch.nn.functional.cosine_similarity(start, goal))
    assert torch.allclose(roma.rotmat_to_rotvec(turn).norm(dim=-1), angle)


def test_opposite_directions_get_a_rotation() -> None:
    start = torch.eye(3)
    turn = smallest_turn(start, -start)
    assert torch.allclose((turn @ start[..., None])[..., 0], -start, atol=1e-6)
    assert torch.allclose(torch.linalg.det(turn), torch.ones(3), atol=1e-5)


def test_the_cross_matrix_crosses() -> None:
    v, w = torch.randn(2, 7, 3)
    assert torch.allclose((cross_matrix(v) @ w[..., None])[..., 0], torch.linalg.cross(v, w), atol=1e-6)


def test_a_quarter_turn_brings_the_camera_direction_to_its_right() -> None:
    turned = turn_about_vertical(torch.tensor(math.pi / 2)) @ torch.tensor([0.0, 0.0, 1.0])
    assert torch.allclose(turned, torch.tensor([1.0, 0.0, 0.0]), atol=1e-6)
