"""A frozen part keeps its weights for its share of the budget, and learns after it."""

from typing import Any

import pytest
import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from motion_transfer.training.callbacks import StepBudget
from motion_transfer.training.freezing import FreezeAtFirst

STEPS = 8


class Two(lightning.LightningModule):
    """Two layers in a row."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 1)
        self.history: list[tuple[Tensor, Tensor]] = []

    def training_step(self, batch: Tensor, _: int) -> Tensor:
        self.history.append((self.first.weight.detach().clone(), self.second.weight.detach().clone()))
        return self.second(self.first(batch)).square().mean()

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def train(part: str, share: float) -> Two:
    torch.manual_seed(0)
    module = Two()
    trainer = lightning.Trainer(
        callbacks=[StepBudget(STEPS), FreezeAtFirst(part, share)],
        max_epochs=-1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, DataLoader(torch.rand(16, 2).split(4), batch_size=None))
    return module


@pytest.mark.filterwarnings("ignore")
def test_it_stays_for_its_share_and_learns_then() -> None:
    module = train("first", 0.5)
    first = [weight for weight, _ in module.history]
    assert all(torch.equal(first[0], weight) for weight in first[: STEPS // 2 + 1])
    assert not torch.equal(first[STEPS // 2], first[STEPS // 2 + 1])
    assert not torch.equal(module.history[0][1], module.history[1][1])  # the rest learns from the start
    assert all(parameter.requires_grad for parameter in module.parameters())


@pytest.mark.filterwarnings("ignore")
def test_a_part_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="expected a child among first, second, got 'third'"):
        train("third", 0.5)
    with pytest.raises(ValueError, match=r"expected a share in \[0, 1\], got 2"):
        FreezeAtFirst("first", 2)
