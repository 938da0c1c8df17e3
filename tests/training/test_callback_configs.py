"""Every callback and augmentation of the configuration works in a training run of 20 steps."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as lightning
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from quiet_training import quiet_trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from motion_transfer.training.augmentation import GeometricAugmentation, PhotometricAugmentation
from motion_transfer.training.callbacks import StepBudget

pytestmark = pytest.mark.filterwarnings("ignore")
CONFIGS = Path(__file__).resolve().parents[2] / "configs" / "training"
CALLBACKS = {path.stem: path for path in sorted((CONFIGS / "callback").glob("*.yaml"))}


class Plane(lightning.LightningModule):
    """A plane in two steps, with the parts that the performer's module has."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(OrderedDict(features=nn.Linear(2, 2)))
        self.discriminator = nn.Linear(2, 1)
        self.losses: list[float] = []

    def loss(self, batch: list[Tensor]) -> Tensor:
        return (self.discriminator(self.generator(batch[0])) - batch[1]).square().mean()

    def training_step(self, batch: list[Tensor]) -> Tensor:
        loss = self.loss(batch)
        self.losses.append(loss.item())
        return loss

    def validation_step(self, batch: list[Tensor]) -> None:
        self.log("validation", -self.loss(batch))

    def sample_images(self) -> Tensor:
        return torch.zeros(2, 3, 4, 4)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLBACKS)
def test_every_callback_trains_along(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    x = torch.randn(16, 2)
    data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8)
    module = Plane()
    callback = instantiate(OmegaConf.load(CALLBACKS[name]))
    budget = [] if name == "step_budget" else [StepBudget(20)]
    trainer = quiet_trainer(tmp_path, *budget, callback, max_epochs=10, enable_progress_bar=name == "progress_bar")
    trainer.fit(module, data, data)
    assert len(module.losses) == 20
    assert module.losses[-1] < 0.5 * module.losses[0]
    if name == "sample_grid":
        assert len(list((tmp_path / "samples").iterdir())) == 10
    if name == "snapshots":
        assert len(callback.weights) == 3


def test_early_stopping_stops_at_the_validation_minimum(tmp_path: Path) -> None:
    class Worse(Plane):
        def validation_step(self, batch: list[Tensor]) -> None:
            self.log("validation", -float(abs(self.current_epoch - 3)))

    module: Any = Worse()
    x = torch.randn(8, 2)
    data = DataLoader(TensorDataset(x, x[:, :1]), batch_size=8)
    early_stopping = instantiate(OmegaConf.load(CALLBACKS["early_stopping"]), patience=5)
    trainer = quiet_trainer(tmp_path, early_stopping, max_epochs=100)
    trainer.fit(module, data, data)
    assert len(module.losses) == 3 + 1 + 5


def test_the_augmentations_are_built() -> None:
    geometric = instantiate(OmegaConf.load(CONFIGS / "augmentation" / "geometric.yaml"))
    photometric = instantiate(OmegaConf.load(CONFIGS / "augmentation" / "photometric.yaml"))
    assert isinstance(geometric, GeometricAugmentation)
    assert isinstance(photometric, PhotometricAugmentation)
    generator = torch.Generator().manual_seed(0)
    images = photometric.draw(2, generator).apply(torch.rand(2, 3, 8, 6))
    assert geometric.draw(2, generator).warp(images, mode="bilinear", fill="border").shape == (2, 3, 8, 6)
