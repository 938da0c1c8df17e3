"""Training stops when the budget is spent, goes on where it stopped, and never takes a non-finite step."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from quiet_training import quiet_trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from motion_transfer.training.callbacks import (
    NonFiniteError,
    NonFiniteGuard,
    ScheduledRates,
    StepBudget,
    WallClockBudget,
)
from motion_transfer.training.schedules import constant_then_linear

pytestmark = pytest.mark.filterwarnings("ignore")


class FakeClock:
    """A clock that only a test moves on."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Line(lightning.LightningModule):
    """Learns y = 2 x; a training step takes a second of the clock, a validation step ten."""

    def __init__(self, clock: FakeClock | None = None, *, poison: str = "", poisoned_batch: int = -1) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.clock = clock or FakeClock()
        self.poison, self.poisoned_batch = poison, poisoned_batch
        self.rates: list[float] = []
        self.loss_terms: dict[str, Tensor] = {}

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        self.clock.now_s += 1
        self.rates.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        x, y = batch
        self.loss_terms = {"square": ((self.layer(x) - y) ** 2).mean(), "size": self.layer.weight.abs().sum() * 0}
        if batch_idx == self.poisoned_batch and self.poison in self.loss_terms:
            self.loss_terms[self.poison] = self.loss_terms[self.poison] / 0
        loss = torch.stack(list(self.loss_terms.values())).sum()
        if batch_idx == self.poisoned_batch and self.poison == "gradient":
            loss = loss + (self.layer.bias - self.layer.bias.detach()).sqrt().sum()  # value 0, slope infinite
        return loss

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        self.clock.now_s += 10

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def data() -> DataLoader[Any]:
    x = torch.linspace(-1, 1, 8)[:, None]
    return DataLoader(TensorDataset(x, 2 * x), batch_size=2)


def test_training_stops_at_the_budget_and_validation_is_free(tmp_path: Path) -> None:
    clock = FakeClock()
    module, budget = Line(clock), WallClockBudget(10, clock=clock)
    quiet_trainer(tmp_path, budget).fit(module, data(), data())
    assert len(module.rates) == 10  # 2.5 epochs of 4 batches; each validation took 40 s besides
    assert budget.progress == 1
    assert budget.spent_s == 10
    clock.now_s += 1000
    assert budget.spent_s == 10


def test_a_schedule_ends_exactly_when_the_budget_does(tmp_path: Path) -> None:
    clock = FakeClock()
    module, budget = Line(clock), WallClockBudget(10, clock=clock)
    schedule = ScheduledRates(partial(constant_then_linear, hold=0.5, end=0.0), budget)
    run = quiet_trainer(tmp_path, budget, schedule)
    run.fit(module, data())
    assert module.rates == pytest.approx([0.1] * 6 + [0.08, 0.06, 0.04, 0.02])
    assert run.optimizers[0].param_groups[0]["lr"] == 0


@pytest.mark.parametrize("kind", ["seconds", "steps"])
def test_a_resumed_budget_spends_only_what_was_left_and_learns_the_same(tmp_path: Path, kind: str) -> None:
    def train(stop_after: int, resume: Path | None) -> tuple[Line, lightning.Trainer]:
        torch.manual_seed(0)
        clock = FakeClock()
        module = Line(clock)
        budget = WallClockBudget(12, clock=clock) if kind == "seconds" else StepBudget(12)
        schedule = ScheduledRates(partial(constant_then_linear, hold=0.0, end=0.0), budget)
        run = quiet_trainer(tmp_path, budget, schedule, max_steps=stop_after)
        run.fit(module, data(), ckpt_path=resume, weights_only=False)
        return module, run

    whole, _ = train(-1, None)
    first, run = train(8, None)
    run.save_checkpoint(tmp_path / "half.ckpt")
    second, _ = train(-1, tmp_path / "half.ckpt")
    assert len(first.rates) == 8
    assert len(second.rates) == 4
    assert first.rates + second.rates == whole.rates
    assert torch.equal(whole.layer.weight, second.layer.weight)


@pytest.mark.parametrize(
    ("poison", "named"), [("square", "term 'square'"), ("size", "term 'size'"), ("gradient", "gradient of layer.bias")]
)
def test_a_non_finite_number_stops_training_by_name_before_it_reaches_a_weight(
    tmp_path: Path, poison: str, named: str
) -> None:
    module = Line(poison=poison, poisoned_batch=2)
    with pytest.raises(NonFiniteError, match=rf"step 2, batch 2: .*{named}"):
        quiet_trainer(tmp_path, NonFiniteGuard()).fit(module, data())
    assert torch.isfinite(module.layer.weight).all()
    assert torch.isfinite(module.layer.bias).all()


def test_the_last_good_checkpoint_stays_as_it_was(tmp_path: Path) -> None:
    every_step = ModelCheckpoint(tmp_path, every_n_train_steps=1, filename="latest")
    run = quiet_trainer(tmp_path, NonFiniteGuard(), every_step, enable_checkpointing=True)
    with pytest.raises(NonFiniteError):
        run.fit(Line(poison="square", poisoned_batch=2), data())
    checkpoint = torch.load(every_step.best_model_path, weights_only=False)
    assert checkpoint["global_step"] == 2
    assert all(torch.isfinite(weight).all() for weight in checkpoint["state_dict"].values())


class Duel(lightning.LightningModule):
    """Two optimizers by hand, as a GAN's."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.left, self.right = nn.Linear(1, 1), nn.Linear(1, 1)
        self.loss_terms: dict[str, Tensor] = {}
        self.rates: list[list[float]] = []

    def training_step(self, batch: list[Tensor], batch_idx: int) -> None:
        optimizers: Any = self.optimizers()
        self.rates.append([optimizer.param_groups[0]["lr"] for optimizer in optimizers])
        for name, layer, optimizer in zip(("left", "right"), (self.left, self.right), optimizers, strict=True):
            loss = layer(batch[0]).square().mean()
            self.loss_terms = {name: loss / 0 if (name, batch_idx) == ("right", 2) else loss}
            optimizer.zero_grad()
            self.manual_backward(self.loss_terms[name])
            optimizer.step()

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [torch.optim.SGD(self.left.parameters(), lr=0.1), torch.optim.Adam(self.right.parameters(), lr=0.01)]


def test_two_optimizers_by_hand_are_scheduled_and_guarded_alike(tmp_path: Path) -> None:
    budget, module = StepBudget(4), Duel()
    schedule = ScheduledRates(partial(constant_then_linear, hold=0.0, end=0.0), budget)
    with pytest.raises(NonFiniteError, match=r"step 5, batch 2: term 'right' is (inf|nan)"):
        quiet_trainer(tmp_path, budget, schedule, NonFiniteGuard()).fit(module, data())
    assert module.rates == [pytest.approx([0.1 * left, 0.01 * left]) for left in (1, 0.75, 0.5)]


def test_a_wrong_budget_says_what_was_expected() -> None:
    with pytest.raises(ValueError, match="expected a budget above 0 seconds, got -1"):
        WallClockBudget(-1)
    with pytest.raises(ValueError, match="expected a budget of at least 1 step, got 0"):
        StepBudget(0)
