import math

import pytest
import torch

from motion_transfer.fitting.dct_basis import CORNER_HZ, DctBasis, PerShotDctBasis

FRAMES, FPS = 20, 10.0


def test_waves_are_cosines_of_the_middles_of_frames() -> None:
    waves = DctBasis(FRAMES, FPS)(torch.eye(FRAMES))
    middles = (torch.arange(FRAMES) + 0.5) / FRAMES
    for k in (0, 1, 7, 19):
        cosine = torch.cos(math.pi * k * middles)
        assert torch.allclose(waves[:, k] / waves[0, k], cosine / cosine[0], atol=1e-3)


def test_every_track_is_a_sum_of_waves() -> None:
    track = torch.randn(FRAMES, 1, generator=torch.Generator().manual_seed(0))
    waves = DctBasis(FRAMES, FPS)
    amounts = torch.linalg.solve(waves(torch.eye(FRAMES)), track)
    assert torch.allclose(waves(amounts), track, atol=1e-4)


def test_waves_at_the_corner_move_half_as_much_as_the_slowest() -> None:
    squares = DctBasis(FRAMES, FPS)(torch.eye(FRAMES)).square().mean(0)
    corner = round(2 * FRAMES * CORNER_HZ / FPS)
    amplitudes = squares[0].sqrt(), (2 * squares[corner]).sqrt()
    assert float(amplitudes[1] / amplitudes[0]) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("frames", [1, 5, 48, 500])
def test_tracks_vary_by_one_where_all_amounts_do(frames: int) -> None:
    spread = DctBasis(frames, 24.0)(torch.eye(frames)).square().sum(1).mean().sqrt()
    assert float(spread) == pytest.approx(1.0, rel=1e-4)


def test_waves_of_one_shot_leave_the_others_alone() -> None:
    waves = PerShotDctBasis(FRAMES, (0, 1, 8), FPS)
    amounts = torch.randn(FRAMES, 2, generator=torch.Generator().manual_seed(1))
    assert torch.equal(waves(amounts)[1:8], DctBasis(7, FPS)(amounts[1:8]))
    amounts[8:] = 0
    assert (waves(amounts)[8:] == 0).all()
    assert (waves(amounts)[:8] != 0).all()
