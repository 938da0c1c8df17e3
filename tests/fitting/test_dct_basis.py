import math

import pytest
import torch

from motion_transfer.fitting.dct_basis import CORNER_HZ, DctBasis, PerShotDctBasis

FRAMES, FPS = 20, 10.0


def test_basis_functions_are_cosines_of_the_middles_of_frames() -> None:
    functions = DctBasis(FRAMES, FPS)(torch.eye(FRAMES))
    middles = (torch.arange(FRAMES) + 0.5) / FRAMES
    for k in (0, 1, 7, 19):
        cosine = torch.cos(math.pi * k * middles)
        assert torch.allclose(functions[:, k] / functions[0, k], cosine / cosine[0], atol=1e-3)


def test_every_track_has_coefficients() -> None:
    track = torch.randn(FRAMES, 1, generator=torch.Generator().manual_seed(0))
    basis = DctBasis(FRAMES, FPS)
    coefficients = torch.linalg.solve(basis(torch.eye(FRAMES)), track)
    assert torch.allclose(basis(coefficients), track, atol=1e-4)


def test_the_corner_frequency_has_half_the_gain_of_the_lowest() -> None:
    squares = DctBasis(FRAMES, FPS)(torch.eye(FRAMES)).square().mean(0)
    corner = round(2 * FRAMES * CORNER_HZ / FPS)
    amplitudes = squares[0].sqrt(), (2 * squares[corner]).sqrt()
    assert float(amplitudes[1] / amplitudes[0]) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("frames", [1, 5, 48, 500])
def test_tracks_vary_by_one_where_all_coefficients_do(frames: int) -> None:
    spread = DctBasis(frames, 24.0)(torch.eye(frames)).square().sum(1).mean().sqrt()
    assert float(spread) == pytest.approx(1.0, rel=1e-4)


def test_coefficients_of_one_shot_leave_the_others_alone() -> None:
    basis = PerShotDctBasis(FRAMES, (0, 1, 8), FPS)
    coefficients = torch.randn(FRAMES, 2, generator=torch.Generator().manual_seed(1))
    assert torch.equal(basis(coefficients)[1:8], DctBasis(7, FPS)(coefficients[1:8]))
    coefficients[8:] = 0
    assert (basis(coefficients)[8:] == 0).all()
    assert (basis(coefficients)[:8] != 0).all()
