import math

import roma
import torch

from motion_transfer.geometry.rotations import cross_matrix, rotation_about_vertical, shortest_rotation


def test_the_shortest_rotation_reaches_the_goal_by_the_angle_between() -> None:
    generator = torch.Generator().manual_seed(0)
    start, goal = torch.randn(2, 50, 3, generator=generator, dtype=torch.float64)
    rotation = shortest_rotation(start, goal)
    reached = (rotation @ start[..., None])[..., 0]
    assert torch.allclose(torch.nn.functional.cosine_similarity(reached, goal), torch.ones(50).double())
    angle = torch.acos(torch.nn.functional.cosine_similarity(start, goal))
    assert torch.allclose(roma.rotmat_to_rotvec(rotation).norm(dim=-1), angle)


def test_opposite_directions_get_a_rotation() -> None:
    start = torch.eye(3)
    rotation = shortest_rotation(start, -start)
    assert torch.allclose((rotation @ start[..., None])[..., 0], -start, atol=1e-6)
    assert torch.allclose(torch.linalg.det(rotation), torch.ones(3), atol=1e-5)


def test_the_cross_matrix_crosses() -> None:
    v, w = torch.randn(2, 7, 3)
    assert torch.allclose((cross_matrix(v) @ w[..., None])[..., 0], torch.linalg.cross(v, w), atol=1e-6)


def test_a_quarter_turn_brings_the_camera_direction_to_its_right() -> None:
    turned = rotation_about_vertical(torch.tensor(math.pi / 2)) @ torch.tensor([0.0, 0.0, 1.0])
    assert torch.allclose(turned, torch.tensor([1.0, 0.0, 0.0]), atol=1e-6)
