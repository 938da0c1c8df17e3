"""Bagging lowers the squared error by the formula."""

import pytest
import torch
from torch import Tensor, nn

from motion_transfer.training.ensembles import Ensemble
from published_effects.bagging import bag, expected_squared_error


@pytest.mark.parametrize(("members", "covariance"), [(1, 0.5), (4, 0.0), (4, 1.2), (5, 2.0), (3, -0.8)])
def test_the_error_formula_agrees_with_a_simulation(members: int, covariance: float) -> None:
    torch.manual_seed(0)
    variance = 2.0
    matrix = torch.full((members, members), covariance, dtype=torch.float64)
    matrix.fill_diagonal_(variance)
    values, vectors = torch.linalg.eigh(matrix)
    root = vectors * values.clamp(min=0).sqrt()
    errors = torch.randn(200_000, members, dtype=torch.float64) @ root.T
    expected = expected_squared_error(variance=variance, covariance=covariance, members=members)
    assert errors.mean(1).square().mean().item() == pytest.approx(expected, rel=0.02)


def test_a_bag_leaves_out_about_a_third() -> None:
    drawn, left_out = bag(10_000, torch.Generator().manual_seed(0))
    assert len(drawn) == 10_000
    assert set(drawn.tolist()) | set(left_out.tolist()) == set(range(10_000))
    assert not set(drawn.tolist()) & set(left_out.tolist())
    assert len(left_out) / 10_000 == pytest.approx(0.3679, abs=0.01)


def test_bagging_lowers_the_error_of_an_unstable_learner() -> None:
    torch.manual_seed(1)
    x = torch.linspace(-1, 1, 30, dtype=torch.float64)[:, None]
    y = torch.sin(3 * x) + 0.3 * torch.randn(30, 1, dtype=torch.float64)
    test_x = torch.linspace(-0.9, 0.9, 200, dtype=torch.float64)[:, None]
    generator = torch.Generator().manual_seed(2)

    class NearestNeighbour(nn.Module):
        def __init__(self, index: Tensor) -> None:
            super().__init__()
            self.index = index

        def forward(self, query: Tensor) -> Tensor:
            return y[self.index][(query - x[self.index].T).abs().argmin(1)]

    members = [NearestNeighbour(bag(30, generator)[0]) for _ in range(30)]
    truth = torch.sin(3 * test_x)
    alone = torch.stack([(member(test_x) - truth).square().mean() for member in members]).mean()
    assert (Ensemble(members)(test_x) - truth).square().mean() < 0.75 * alone


def test_wrong_settings_say_what_was_expected() -> None:
    with pytest.raises(ValueError, match="expected members and a variance"):
        expected_squared_error(variance=1, covariance=0, members=0)
    with pytest.raises(ValueError, match="expected a covariance that 3 errors can have"):
        expected_squared_error(variance=1, covariance=-0.6, members=3)
    with pytest.raises(ValueError, match="expected at least 1 sample, got 0"):
        bag(0, torch.Generator())
