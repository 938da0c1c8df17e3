"""One stage of the training: a Lightning module, trained for some steps, with checkpoints and TensorBoard's log.

Modules draw their batches by themselves, from random numbers of the step's own number, so that a resumed training goes
on as if it had not stopped.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from motion_transfer.synthesis.checkpoints import (
    BEST,
    LAST,
    BestCheckpoint,
    PlainCheckpoints,
    newest_checkpoint,
    read_checkpoint,
)
from motion_transfer.training.callbacks import NonFiniteGuard, ScheduledRates, StepBudget
from motion_transfer.training.schedules import cosine
from motion_transfer.training.trainer import fit

SCHEDULE = partial(cosine, end=0.01)
VALIDATIONS, LOG_EVERY = 20, 10  # in a training, and steps
MONITOR = "validation"
PRECISION = "32-true"  # shapes are numbers, and need all their digits
SEED_STEP = 1_000_003

Advance = Callable[[str, float], None]


class StageModule(lightning.LightningModule):
    """What the stages share: manual optimization, and random numbers of each step.

    Attributes:
        history: the figures of every validation, with their step.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.seed, self.step = seed, 0
        self.loss_terms: dict[str, torch.Tensor] = {}
        self.history: list[dict[str, float]] = []

    def begin_step(self) -> None:
        """Set the random numbers of the next step."""
        torch.manual_seed(SEED_STEP * self.seed + self.step)
        self.step += 1

    def descend(self, optimizer: Any, terms: dict[str, torch.Tensor]) -> None:
        """Take a step along the gradient of a sum of terms, and log them."""
        self.loss_terms |= {name: term.detach() for name, term in terms.items()}
        optimizer.zero_grad()
        self.manual_backward(torch.stack(list(terms.values())).sum())
        optimizer.step()
        if self.step % LOG_EVERY == 0:
            self.log_dict({f"loss/{name}": term for name, term in terms.items()}, batch_size=1)

    def validate_with(self, figures: dict[str, float]) -> None:
        """Log the figures of a validation; that named `validation` chooses the checkpoint, the lowest counts."""
        self.history.append({"step": self.step, **figures})
        self.log_dict(figures, batch_size=1)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint |= {"stage_step": self.step, "history": self.history}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.step, self.history = checkpoint["stage_step"], list(checkpoint["history"])


class _Progress(lightning.Callback):
    def __init__(self, name: str, budget: StepBudget, advance: Advance) -> None:
        super().__init__()
        self.name, self.budget, self.advance = name, budget, advance

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        self.advance(self.name, self.budget.progress)


def train_stage(
    module: StageModule, name: str, folder: Path, steps: int, advance: Advance, *, device: torch.device
) -> None:
    """Train a module for some steps in all, and load its best weights.

    Args:
        folder: its checkpoints lie in a folder of its name there, and training goes on from them.
        advance: told the name and the share that is done after every step; may raise to cancel.
    """
    budget, place = StepBudget(steps), folder / name
    every = max(steps // VALIDATIONS, 1)
    best = BestCheckpoint(place, Path(BEST).stem, monitor=MONITOR, mode="min", enable_version_counter=False)
    last = ModelCheckpoint(place, Path(LAST).stem, save_on_train_epoch_end=True, enable_version_counter=False)
    numbers: DataLoader[Any] = DataLoader(range(every), batch_size=None)  # pyright: ignore[reportArgumentType]
    once: DataLoader[Any] = DataLoader(range(1), batch_size=None)  # pyright: ignore[reportArgumentType]
    rates, progress = ScheduledRates(SCHEDULE, budget), _Progress(name, budget, advance)
    fit(
        module,
        numbers,
        once,
        folder=place,
        device=device,
        precision=PRECISION,
        callbacks=[budget, rates, NonFiniteGuard(), progress, best, last],
        checkpoint_io=PlainCheckpoints(),
        resume=newest_checkpoint(place),
        logger=TensorBoardLogger(folder, name="tensorboard", version=name),
    )
    state = read_checkpoint(place / BEST)
    module.load_state_dict(state["state_dict"])
    module.history = list(state["history"])
    module.cpu().eval()
