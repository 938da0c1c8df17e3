import pytest
import torch

from motion_transfer.geometry.smoothing import smooth_over_frames


def test_a_constant_stays() -> None:
    track = torch.full((9, 2, 3), 0.7)
    assert torch.allclose(smooth_over_frames(track, 30, sigma_s=0.1), track)


def test_a_sine_is_damped_as_a_gaussian_damps_it() -> None:
    """The transform of a Gaussian is exp(-(2 pi f sigma)^2 / 2)."""
    time = torch.arange(600) / 120
    track = torch.sin(2 * torch.pi * 2.0 * time)
    smooth = smooth_over_frames(track, 120, sigma_s=0.05)
    expected = track * torch.exp(torch.tensor(-0.5 * (2 * torch.pi * 2.0 * 0.05) ** 2))
    assert torch.allclose(smooth[60:-60], expected[60:-60], atol=2e-3)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_clips_shorter_than_the_filter_stay_finite(frames: int) -> None:
    smooth = smooth_over_frames(torch.randn(frames, 3), 30, sigma_s=1.0)
    assert smooth.shape == (frames, 3)
    assert smooth.isfinite().all()


def test_smoothing_is_the_convolution_written_out() -> None:
    draw = torch.Generator().manual_seed(0)
    track, sigma_frames = torch.randn(40, 3, dtype=torch.float64, generator=draw), 2.3
    offsets = torch.arange(-10, 11)
    weights = torch.exp(-0.5 * (offsets.double() / sigma_frames) ** 2)
    frames = (torch.arange(40)[:, None] + offsets).clamp(0, 39)
    expected = torch.einsum("foc,o->fc", track[frames], weights / weights.sum())
    assert torch.allclose(smooth_over_frames(track, 10, sigma_s=sigma_frames / 10), expected)
