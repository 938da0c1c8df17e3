"""Averaging lowers the error by the formula, and weights are averaged and kept where they should be."""

import copy
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging, WeightAveraging
from quiet_training import quiet_trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from motion_transfer.training.callbacks import StepBudget
from motion_transfer.training.ensembles import (
    Ensemble,
    Snapshots,
    StochasticAveraging,
    bag,
    expected_squared_error,
    warmed_average,
)

pytestmark = pytest.mark.filterwarnings("ignore")


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


class Line(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(1, 1)
        self.history: list[Tensor] = []

    def training_step(self, batch: list[Tensor]) -> Tensor:
        return (self.net(batch[0]) - batch[1]).square().mean()

    def on_train_batch_end(self, *_: Any) -> None:
        self.history.append(self.net.weight.detach().clone())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(tmp_path: Path, *callbacks: lightning.Callback) -> Line:
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 8)[:, None]
    module = Line()
    trainer = quiet_trainer(tmp_path, *callbacks, max_epochs=5)
    trainer.fit(module, DataLoader(TensorDataset(x, 2 * x), batch_size=2))
    return module


def test_snapshots_are_the_weights_at_the_ends_of_equal_stretches(tmp_path: Path) -> None:
    budget = StepBudget(9)
    snapshots = Snapshots(count=3, child="net")
    module = fit(tmp_path, budget, snapshots)
    kept = [weights["weight"] for weights in snapshots.weights]
    assert len(kept) == 3
    assert all(torch.equal(kept[i], module.history[3 * i + 2]) for i in range(3))
    x = torch.ones(1, 1)
    with torch.no_grad():
        average = torch.stack([weights["weight"] + weights["bias"] for weights in snapshots.weights]).mean(0)
        torch.testing.assert_close(snapshots.ensemble(module.net)(x), average)
    again = Snapshots(count=3, child="net")
    again.load_state_dict(copy.deepcopy(snapshots.state_dict()))
    assert torch.equal(again.weights[1]["weight"], kept[1])


def test_lightnings_moving_average_is_the_formula(tmp_path: Path) -> None:
    module = fit(tmp_path, EMAWeightAveraging(decay=0.8))
    torch.manual_seed(0)
    average = module.history[0]
    for weight in module.history[1:]:
        average = 0.8 * average + 0.2 * weight
    torch.testing.assert_close(module.net.weight.detach(), average)


def test_the_warmed_average_is_its_formula_and_forgets_the_start(tmp_path: Path) -> None:
    module = fit(tmp_path, WeightAveraging(multi_avg_fn=warmed_average(0.5)))
    average = module.history[0]
    for updates, weight in enumerate(module.history[1:], start=1):
        kept = min(0.5, (1 + updates) / (10 + updates))
        average = kept * average + (1 - kept) * weight
    torch.testing.assert_close(module.net.weight.detach(), average)
    with pytest.raises(ValueError, match="decay"):
        warmed_average(1.0)


@pytest.mark.parametrize(("fraction", "first"), [(0.75, 14), (0.99, 19)])
def test_the_stochastic_average_is_the_mean_since_its_share_of_the_budget(
    fraction: float, first: int, tmp_path: Path
) -> None:
    module = fit(tmp_path, StepBudget(20), StochasticAveraging(fraction))
    torch.testing.assert_close(module.net.weight.detach(), torch.stack(module.history[first:]).mean(0))


def test_wrong_settings_say_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected members and a variance"):
        expected_squared_error(variance=1, covariance=0, members=0)
    with pytest.raises(ValueError, match="expected a covariance that 3 errors can have"):
        expected_squared_error(variance=1, covariance=-0.6, members=3)
    with pytest.raises(ValueError, match="expected at least one member"):
        Ensemble([])
    with pytest.raises(ValueError, match="expected at least 1 sample, got 0"):
        bag(0, torch.Generator())
    with pytest.raises(ValueError, match="expected at least 1 snapshot"):
        Snapshots(count=0, child="")
    with pytest.raises(ValueError, match="expected snapshots, got none"):
        Snapshots(count=1, child="").ensemble(nn.Linear(1, 1))
    with pytest.raises(ValueError, match="expected a budget among the trainer's callbacks"):
        fit(tmp_path, Snapshots(count=1, child="net"))
    with pytest.raises(ValueError, match="expected a child among net, got 'generator'"):
        fit(tmp_path, StepBudget(1), Snapshots(count=1, child="generator"))
    with pytest.raises(ValueError, match="expected a fraction of the budget"):
        StochasticAveraging(1.0)
