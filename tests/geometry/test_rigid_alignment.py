import pytest
import roma
import torch

from motion_transfer.geometry.rigid_alignment import frames_of, robust_rotations


def test_a_rotation_is_found_whatever_scale_and_shift_come_with_it_and_whatever_a_fifth_of_the_points_do() -> None:
    generator = torch.Generator().manual_seed(0)
    model = torch.randn(100, 3, generator=generator)
    true = roma.random_rotmat(4)
    seen = 7 * model @ true.mT + torch.randn(4, 1, 3, generator=generator)
    seen[:, :20] += 5 * torch.randn(4, 20, 3, generator=generator)
    assert roma.rotmat_geodesic_distance(robust_rotations(model, seen), true).max() < 0.02


def test_a_rotation_is_none_of_a_mirror() -> None:
    model = torch.randn(50, 3, generator=torch.Generator().manual_seed(1))
    mirrored = model * torch.tensor([-1.0, 1.0, 1.0])
    assert float(torch.linalg.det(robust_rotations(model, mirrored[None]))[0]) == pytest.approx(1, abs=1e-4)


def test_axes_are_square_and_start_with_the_first_direction() -> None:
    axes = frames_of(torch.tensor([0.0, 0.0, 2.0]), torch.tensor([1.0, 0.0, 5.0]))
    assert torch.allclose(axes, torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]))
