"""Weights are averaged and kept when they should be."""

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
    warmed_average,
)

pytestmark = pytest.mark.filterwarnings("ignore")


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


def test_counts_of_batches_are_taken_over_and_no_average() -> None:
    averaged, current = [torch.tensor(3), torch.tensor([1.0])], [torch.tensor(8), torch.tensor([2.0])]
    for update in (warmed_average(0.5), StochasticAveraging(0.5)._average):
        update(averaged, current, 4)
        assert averaged[0] == 8
        averaged[0] = torch.tensor(3)
    assert averaged[1] != 1


@pytest.mark.parametrize(("fraction", "first"), [(0.75, 14), (0.99, 19)])
def test_the_stochastic_average_is_the_mean_since_its_fraction_of_the_budget(
    fraction: float, first: int, tmp_path: Path
) -> None:
    module = fit(tmp_path, StepBudget(20), StochasticAveraging(fraction))
    torch.testing.assert_close(module.net.weight.detach(), torch.stack(module.history[first:]).mean(0))


def test_wrong_settings_say_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected at least one member"):
        Ensemble([])
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
