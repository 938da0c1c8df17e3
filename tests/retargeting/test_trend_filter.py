import pytest
import torch
from torch import Tensor

from motion_transfer.retargeting.trend_filter import OVERLAP, STRETCH, filter_trend

VELOCITIES_M_PER_S = ((0.0, 0.0, 0.0), (1.2, 0.0, -0.4), (-0.6, 0.3, 0.0), (0.0, 0.0, 0.9))


def walked(fps: float, seconds: float = 2.0) -> Tensor:
    """Straight stretches with sudden turns between."""
    frames = round(fps * seconds)
    steps = torch.tensor(VELOCITIES_M_PER_S).repeat_interleave(frames, 0) / fps
    return steps.cumsum(0) + torch.tensor([3.0, 0.9, -5.0])


def shaken(path_m: Tensor, deviation_m: float = 0.01) -> Tensor:
    return path_m + deviation_m * torch.randn(path_m.shape, generator=torch.Generator().manual_seed(0))


def rms_m(difference: Tensor) -> float:
    return float(difference.square().mean().sqrt())


@pytest.mark.parametrize("fps", [12, 30, pytest.param(60, marks=pytest.mark.slow)])
def test_a_noisy_path_comes_nearer_to_its_true_straight_stretches(fps: float) -> None:
    true = walked(fps)
    found = filter_trend(shaken(true), fps, strength=0.03)
    assert rms_m(found - true) < (0.8 if fps < 20 else 0.6) * rms_m(shaken(true) - true)


@pytest.mark.slow
def test_most_of_its_frames_change_no_velocity() -> None:
    found = filter_trend(shaken(walked(30)).double(), 30, strength=0.03)
    change = (found[2:] - 2 * found[1:-1] + found[:-2]).norm(dim=-1)
    assert (change < 1e-3).float().mean() > 0.8
    assert change.max() > 5e-3  # and the corners are not rounded off


def test_a_straight_path_stays_as_it_is() -> None:
    line = torch.linspace(0, 2, 90)[:, None] * torch.tensor([1.0, 0.2, -0.5])
    torch.testing.assert_close(filter_trend(line, 30, strength=0.05), line, rtol=0, atol=2e-4)


def test_strength_0_gives_the_path_itself() -> None:
    path = shaken(walked(30))
    assert filter_trend(path, 30, strength=0.0) is path


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 2, 3, STRETCH - 1, STRETCH + 1, 2 * STRETCH - OVERLAP + 1])
def test_paths_of_any_length_are_straightened_without_a_seam(frames: int) -> None:
    line = torch.linspace(0, 5, frames)[:, None] * torch.tensor([1.0, 0.0, 1.0])
    found = filter_trend(shaken(line, 0.002), 30, strength=0.05)
    assert found.shape == line.shape
    assert (found - line).abs().max() < 0.008
    if frames > STRETCH:
        steps = (found[1:] - found[:-1]).norm(dim=-1)
        assert (steps[1:] - steps[:-1]).abs().max() < 1e-3
