"""Monitors report what is there, and change nothing."""

from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as lightning
import torch
from quiet_training import quiet_trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from motion_transfer.training.callbacks import StepBudget, WallClockBudget
from motion_transfer.training.monitors import (
    BudgetProgressBar,
    GradientStatistics,
    SampleGrid,
    gradient_statistics,
    image_grid,
    remaining_budget,
)

pytestmark = pytest.mark.filterwarnings("ignore")


def test_images_of_a_grid_are_in_rows_with_white_gaps() -> None:
    torch.manual_seed(0)
    images = torch.randint(0, 250, (3, 3, 4, 5)).float() / 255
    grid = torch.from_numpy(np.array(image_grid(images, columns=2, gap_px=1))).permute(2, 0, 1)
    pixels = (images * 255).round().byte()
    assert grid.shape == (3, 1 + 2 * 5, 1 + 2 * 6)
    assert torch.equal(grid[:, 1:5, 1:6], pixels[0])
    assert torch.equal(grid[:, 1:5, 7:12], pixels[1])
    assert torch.equal(grid[:, 6:10, 1:6], pixels[2])
    assert grid[:, 6:10, 7:12].min() == 255
    assert grid[:, 0].min() == grid[:, :, 0].min() == grid[:, 5].min() == 255


def test_statistics_are_of_what_the_optimizer_changes() -> None:
    module = nn.ModuleDict({"first": nn.Linear(2, 2, bias=False), "second": nn.Linear(2, 1)})
    first, second = module["first"], module["second"]
    assert isinstance(first, nn.Linear)
    first.weight.data = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    first.weight.grad = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    second.requires_grad_(False)
    statistics = gradient_statistics(module, torch.optim.SGD(first.parameters(), lr=1))
    assert statistics == {"gradient_rms/first": 1.0, "weight_rms/first": 2.5, "gradient_zeros/first": 0.75}


class Painter(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.colour = nn.Parameter(torch.zeros(3, 1, 1))

    def sample_images(self) -> Tensor:
        return self.colour.sigmoid().expand(2, 3, 4, 4)

    def training_step(self, batch: Tensor) -> Tensor:
        return (self.sample_images()[0] - batch).square().mean()

    def validation_step(self, batch: Tensor) -> None:
        pass

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)


def test_a_training_run_leaves_grids_and_statistics_and_the_bar_shows_the_remaining_time(tmp_path: Path) -> None:
    data = DataLoader([torch.ones(3, 4, 4)] * 4, batch_size=2)
    budget = WallClockBudget(1000)
    trainer = quiet_trainer(
        tmp_path,
        budget,
        StepBudget(8),
        GradientStatistics(every_steps=1),
        SampleGrid("grids", every_validations=2, columns=2),
        BudgetProgressBar(),
        enable_progress_bar=True,
    )
    trainer.fit(Painter(), data, data)
    assert sorted(path.name for path in (tmp_path / "grids").iterdir()) == ["step_000004.png", "step_000008.png"]
    assert trainer.callback_metrics["gradient_rms/colour"] > 0
    bar = trainer.progress_bar_callback
    assert isinstance(bar, BudgetProgressBar)
    assert bar.get_metrics(trainer, trainer.lightning_module)["left"] == remaining_budget(budget)


def test_remaining_time_is_rounded_up() -> None:
    assert remaining_budget(WallClockBudget(61.2)) == "1:02"
    assert remaining_budget(WallClockBudget(5)) == "0:05"
    assert remaining_budget(StepBudget(7)) == "7 steps"


def test_a_wrong_setting_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected to log every 1 or more steps, got 0"):
        GradientStatistics(every_steps=0)
    with pytest.raises(ValueError, match="expected at least 1 validation and 1 column"):
        SampleGrid(str(tmp_path), every_validations=1, columns=0)
