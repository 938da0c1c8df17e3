"""Joint errors, jitter, sliding and leaning."""

import math

import pytest
import roma
import torch

from motion_transfer.evaluation.motion_metrics import (
    foot_skate,
    jitter,
    lean_degrees,
    mpjpe,
    pa_mpjpe,
    procrustes_aligned,
)


def joints(frames: int = 6) -> torch.Tensor:
    return torch.randn(frames, 24, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_mpjpe_is_the_mean_distance_in_millimetres() -> None:
    truth = joints()
    moved = truth + torch.tensor([0.03, 0.0, 0.04])
    assert mpjpe(moved, truth, root=None) == pytest.approx(50)
    assert mpjpe(moved, truth) == pytest.approx(0, abs=1e-9)


def test_similarities_of_each_frame_do_not_count_in_pa_mpjpe() -> None:
    truth = joints()
    torch.manual_seed(1)
    turn = roma.random_rotmat(6, dtype=torch.float64)
    scale = torch.linspace(0.5, 2, 6, dtype=torch.float64)[:, None, None]
    moved = scale * truth @ turn.mT + torch.randn(6, 1, 3)
    assert pa_mpjpe(moved, truth) == pytest.approx(0, abs=1e-6)
    assert mpjpe(moved, truth) > 100


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
    with pytest.raises(ValueError, match="one shape"):
        mpjpe(joints(), joints()[:, :20])


def test_free_fall_has_the_jitter_of_gravity_at_any_frame_rate() -> None:
    for fps in (24, 50):
        time = torch.arange(20, dtype=torch.float64) / fps
        fall = torch.zeros(20, 3, 3, dtype=torch.float64)
        fall[..., 1] = (10 - 9.81 / 2 * time**2)[:, None]
        assert jitter(fall, fps) == pytest.approx(9.81)
    assert math.isnan(jitter(fall[:2], 24))


def test_a_cut_is_not_jitter() -> None:
    still = torch.zeros(10, 3, 3)
    still[5:] += 1
    assert jitter(still, 25) > 0
    assert jitter(still, 25, shot_starts=(0, 5)) == 0


def test_only_planted_feet_slide_and_height_does_not_count() -> None:
    feet = torch.zeros(11, 2, 3)
    feet[:, 0, 0] = 0.01 * torch.arange(11)  # 1 cm a frame along x
    feet[:, 0, 1] = 0.5 * torch.arange(11)
    feet[:, 1, 2] = 7.0 * torch.arange(11)
    contacts = torch.zeros(11, 2, dtype=torch.bool)
    contacts[:, 0] = True
    contacts[::2, 1] = True  # never planted for two frames
    assert foot_skate(feet, contacts, 30) == pytest.approx((30, 30), rel=1e-4)
    assert all(math.isnan(value) for value in foot_skate(feet, torch.zeros_like(contacts), 30))


def test_the_percentile_of_sliding_is_the_plain_one() -> None:
    steps = torch.arange(11, dtype=torch.float32) / 100
    feet = torch.zeros(12, 2, 3)
    feet[1:, 0, 0] = steps.cumsum(0)
    contacts = torch.tensor([[True, False]]).repeat(12, 1)
    assert foot_skate(feet, contacts, 1) == pytest.approx((5, 9), abs=1e-3)


def test_lean_is_the_angle_from_the_vertical() -> None:
    angle = torch.deg2rad(torch.tensor([0.0, 3.0, 25.0, 90.0]))
    neck = torch.stack([torch.zeros(4), 0.5 * angle.cos(), 0.5 * angle.sin()], -1)
    torch.testing.assert_close(lean_degrees(torch.zeros(4, 3), neck), torch.rad2deg(angle))
