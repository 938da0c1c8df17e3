"""Joint errors after alignment."""

import pytest
import roma
import torch
from checked_shapes import unchecked

from motion_transfer.evaluation.motion_metrics import facing_error_deg, pa_mpjpe, procrustes_aligned


def joints(frames: int = 6) -> torch.Tensor:
    return torch.randn(frames, 24, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_pa_mpjpe_is_the_mean_distance_of_the_aligned_joints_in_millimetres() -> None:
    moved = joints()
    moved[:, 5] += torch.tensor([0.03, 0.0, 0.04])
    distance = (procrustes_aligned(moved, joints()) - joints()).norm(dim=-1)
    assert pa_mpjpe(moved, joints()) == pytest.approx(1000 * float(distance.mean()))
    assert distance[:, 5].mean() == pytest.approx(0.05, abs=0.01)


def test_similarities_of_each_frame_do_not_count() -> None:
    truth = joints()
    torch.manual_seed(1)
    turn = roma.random_rotmat(6, dtype=torch.float64)
    scale = torch.linspace(0.5, 2, 6, dtype=torch.float64)[:, None, None]
    moved = scale * truth @ turn.mT + torch.randn(6, 1, 3)
    assert pa_mpjpe(moved, truth) == pytest.approx(0, abs=1e-6)


def test_a_mirrored_body_is_not_the_same_body() -> None:
    mirrored = joints() * torch.tensor([-1.0, 1.0, 1.0])
    assert pa_mpjpe(mirrored, joints()) > 100


def test_no_rotation_and_scale_near_the_aligned_ones_come_nearer() -> None:
    truth, noisy = joints(), joints() + 0.3 * joints().flip(0)
    aligned = procrustes_aligned(noisy, truth)
    best = (aligned - truth).square().sum()
    middle = aligned.mean(1, keepdim=True)
    for seed in range(20):
        torch.manual_seed(seed)
        turn = roma.rotvec_to_rotmat(0.01 * torch.randn(6, 3, dtype=torch.float64))
        scale = 1 + 0.01 * torch.randn(6, 1, 1, dtype=torch.float64)
        other = scale * (aligned - middle) @ turn.mT + middle + 0.01 * torch.randn(6, 1, 3, dtype=torch.float64)
        assert (other - truth).square().sum() > best


def test_coinciding_points_move_onto_the_mean_without_nan() -> None:
    aligned = procrustes_aligned(torch.ones(6, 24, 3, dtype=torch.float64), joints())
    torch.testing.assert_close(aligned, joints().mean(1, keepdim=True).expand(6, 24, 3))


def test_different_joints_are_refused() -> None:
    with unchecked(), pytest.raises(ValueError, match="one shape"):
        pa_mpjpe(joints(), joints()[:, :20])


def test_facing_errors_are_turns_about_the_vertical() -> None:
    turned = torch.tensor([[[-1.0, 0, 0], [0, 1, 0], [0, 0, -1]], [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]])
    assert facing_error_deg(turned, torch.eye(3).expand(2, 3, 3)).tolist() == pytest.approx([180, 90])
