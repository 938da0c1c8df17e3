"""Run the training: budget, schedule, averaging, checkpoints chosen on held-out frames, resumption."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, ProgressBar
from pytorch_lightning.loggers import CSVLogger

from motion_transfer.datasets.data_module import SteppedData
from motion_transfer.domain.quality import TrainingEnd
from motion_transfer.synthesis.adversarial_module import AdversarialModule
from motion_transfer.synthesis.checkpoints import (
    BEST,
    BestCheckpoint,
    PlainCheckpoints,
    newest_checkpoint,
    read_checkpoint,
)
from motion_transfer.training.callbacks import Budget, ScheduledRates, StepBudget, WallClockBudget
from motion_transfer.training.monitors import GradientStatistics, image_grid
from motion_transfer.training.schedules import Schedule
from motion_transfer.training.throughput import Throughput
from motion_transfer.training.trainer import fit

PREVIEW_EVERY_S, PREVIEWED = 10.0, 4
PREVIEW_COLUMNS = 4  # two frames a row, each as painted and as filmed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingHooks:
    """How a training reports and how it is ended from outside.

    Attributes:
        advance: called after every step with the fraction that is done; may raise to cancel.
        preview: shown frames as painted, each beside the same frame as filmed: those of the last step every few
            seconds, which cost nothing, and held-out ones after every validation.
        should_finish: whether to stop and go on with the best checkpoint so far.
    """

    advance: Callable[[float], None]
    preview: Callable[[np.ndarray], None]
    should_finish: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """What a training did; scores are of the validation frames at the chosen checkpoint.

    Attributes:
        ended: why it ended.
        steps_per_s: without validation and the first step, since the last resumption; None for fewer than two steps.
        gpu_memory_mib: the most that tensors took on a GPU; None on a CPU.
    """

    steps: int
    seconds: float
    device: str
    psnr: float
    psnr_person: float
    ended: TrainingEnd
    steps_per_s: float | None = None
    gpu_memory_mib: float | None = None


class _Hooked(lightning.Callback):
    """Calls the hooks, and counts the steps."""

    def __init__(self, budget: Budget, hooks: TrainingHooks) -> None:
        super().__init__()
        self.budget, self.hooks = budget, hooks
        self.steps, self.finished = 0, False
        self._shown_s = -math.inf

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any, **__: Any
    ) -> None:
        self.steps += 1
        self.hooks.advance(self.budget.progress)
        if trainer.is_global_zero and time.monotonic() - self._shown_s > PREVIEW_EVERY_S:
            self._shown_s = time.monotonic()
            self._preview(cast(AdversarialModule, pl_module).sample_batch(PREVIEWED))
        if self.budget.progress < 1 and trainer.strategy.broadcast(self.hooks.should_finish()):
            self.finished = trainer.should_stop = True

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if trainer.is_global_zero:
            self._preview(cast(AdversarialModule, pl_module).sample_images())

    def _preview(self, samples: torch.Tensor) -> None:
        self.hooks.preview(np.asarray(image_grid(samples, columns=PREVIEW_COLUMNS, gap_px=2)))

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.steps = state_dict["steps"]


def train(
    module: AdversarialModule,
    data: SteppedData,
    folder: Path,
    budget: WallClockBudget | StepBudget,
    schedule: Schedule,
    callbacks: Sequence[lightning.Callback],
    *,
    device: torch.device,
    precision: str,
    hooks: TrainingHooks,
) -> TrainingOutcome:
    """Train until the budget is spent or a callback ends it, and load the best weights into the module.

    Args:
        folder: for checkpoints; training goes on from the one found there. Callbacks may write there too.
        callbacks: fresh ones, beside the budget, the schedule and the checkpoints.
        precision: of `TrainerSettings`.
    """
    hooked, throughput = _Hooked(budget, hooks), Throughput(device)
    best = BestCheckpoint(folder, "best", monitor="validation", mode="max", enable_version_counter=False)
    last = ModelCheckpoint(folder, "last", save_on_train_epoch_end=True, enable_version_counter=False)
    logs = any(isinstance(callback, GradientStatistics) for callback in callbacks)
    fit(
        module,
        data,
        folder=folder,
        device=device,
        precision=precision,
        callbacks=[budget, throughput, ScheduledRates(schedule, budget), hooked, *callbacks, best, last],
        checkpoint_io=PlainCheckpoints(),
        resume=newest_checkpoint(folder),
        logger=CSVLogger(folder, name="", version="") if logs else None,
        progress_bar=any(isinstance(callback, ProgressBar) for callback in callbacks),
        reload_each_epoch=True,
    )
    chosen = _load_best(module, folder, device)
    return TrainingOutcome(
        steps=hooked.steps,
        seconds=budget.spent_s if isinstance(budget, WallClockBudget) else math.nan,
        device=str(device),
        psnr=chosen["psnr"],
        psnr_person=chosen["psnr_person"],
        ended=_end(hooked, callbacks),
        steps_per_s=throughput.steps_per_s,
        gpu_memory_mib=throughput.gpu_memory_mib,
    )


def _end(hooked: _Hooked, callbacks: Sequence[lightning.Callback]) -> TrainingEnd:
    if hooked.finished:
        return "on_request"
    stalled = any(isinstance(one, EarlyStopping) and one.stopped_epoch > 0 for one in callbacks)
    return "no_gain" if stalled else "budget"


def _load_best(module: AdversarialModule, folder: Path, device: torch.device) -> Mapping[str, float]:
    """Load the best weights; returns the scores of exactly these, which lie in the same file."""
    state = read_checkpoint(folder / BEST)
    module.load_state_dict(state["state_dict"])
    module.to(device)
    return state["history"][-1]
