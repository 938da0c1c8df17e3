"""What watches training says what is there, and changes nothing."""

from pathlib import Path

import cv2
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
    left_of,
)
from motion_transfer.training.pictures import tile, write_png

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_written_picture_reads_as_it_was(tmp_path: Path) -> None:
    torch.manual_seed(0)
    rgb = torch.randint(0, 256, (3, 13, 7)).float() / 255
    write_png(tmp_path / "new" / "picture.png", rgb)
    read = cv2.imread(str(tmp_path / "new" / "picture.png"))
    assert read is not None
    assert torch.equal(torch.from_numpy(read[..., ::-1].copy()).permute(2, 0, 1), (rgb * 255).round().byte())


def test_tiles_stand_in_rows_with_gaps() -> None:
    images = torch.arange(3.0)[:, None, None, None].expand(3, 3, 4, 5) / 10
    grid = tile(images, columns=2, gap_px=1)
    assert grid.shape == (3, 1 + 2 * 5, 1 + 2 * 6)
    assert torch.equal(grid[:, 1:5, 1:6], images[0])
    assert torch.equal(grid[:, 1:5, 7:12], images[1])
    assert torch.equal(grid[:, 6:10, 1:6], images[2])
    assert grid[:, 6:10, 7:12].min() == 1
    assert grid[:, 0].min() == grid[:, :, 0].min() == grid[:, 5].min() == 1


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


def test_a_training_run_leaves_grids_and_statistics_and_the_bar_tells_the_time_left(tmp_path: Path) -> None:
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
    assert bar.get_metrics(trainer, trainer.lightning_module)["left"] == left_of(budget)


def test_time_left_is_rounded_up() -> None:
    assert left_of(WallClockBudget(61.2)) == "1:02"
    assert left_of(WallClockBudget(5)) == "0:05"
    assert left_of(StepBudget(7)) == "7 steps"


def test_a_wrong_setting_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected to watch every 1 or more steps, got 0"):
        GradientStatistics(every_steps=0)
    with pytest.raises(ValueError, match="expected at least 1 validation and 1 column"):
        SampleGrid(str(tmp_path), every_validations=1, columns=0)
    with pytest.raises(ValueError, match="expected at least 1 column, got 0"):
        tile(torch.zeros(1, 3, 2, 2), columns=0, gap_px=1)
