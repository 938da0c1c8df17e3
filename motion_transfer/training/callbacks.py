"""Lightning callbacks: budgets of seconds or steps, learning rates that follow them, and a guard of finite numbers."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.optim import Optimizer

from motion_transfer.training.schedules import ProgressSchedule, Schedule


@runtime_checkable
class Budget(Protocol):
    """Measures the progress of a training."""

    @property
    def progress(self) -> float:
        """Fraction of the training that is done, in [0, 1]."""
        ...


class WallClockBudget(lightning.Callback):
    """Stop after a number of seconds of training; validation and the time before a resumption do not count.

    Training stops after the first step that reaches the budget, so that it overshoots by less than one step. Progress
    is below 1 before that step and exactly 1 after it. Give the trainer `max_epochs=-1`.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        if not seconds > 0:
            raise ValueError(f"expected a budget above 0 seconds, got {seconds}; raise it")
        self.seconds = seconds
        self._clock = clock
        self._spent_before_s = 0.0
        self._running_since_s: float | None = None

    @property
    def spent_s(self) -> float:
        """Seconds of training so far, including those before a resumption."""
        running = 0.0 if self._running_since_s is None else self._clock() - self._running_since_s
        return self._spent_before_s + running

    @property
    def progress(self) -> float:
        """Fraction of the budget that is spent, in [0, 1]."""
        return min(self.spent_s / self.seconds, 1.0)

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._run()
        self._stop_when_spent(trainer)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._stop_when_spent(trainer)

    def on_validation_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._pause()

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:  # trainer.validate() alone trains nothing
            self._run()

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._pause()

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        self._pause()

    def state_dict(self) -> dict[str, Any]:
        return {"spent_s": self.spent_s}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._spent_before_s = float(state_dict["spent_s"])
        self._running_since_s = None

    def _run(self) -> None:
        self._running_since_s = self._clock()

    def _pause(self) -> None:
        self._spent_before_s = self.spent_s
        self._running_since_s = None

    def _stop_when_spent(self, trainer: lightning.Trainer) -> None:
        # Every process must stop at the same step: the others would wait for its gradients for ever.
        if trainer.strategy.broadcast(self.spent_s >= self.seconds):
            trainer.should_stop = True


class StepBudget(lightning.Callback):
    """Stop after a number of batches; those before a resumption count."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError(f"expected a budget of at least 1 step, got {steps}; raise it")
        self.steps = steps
        self.done = 0

    @property
    def progress(self) -> float:
        """Fraction of the steps that are done, in [0, 1]."""
        return min(self.done / self.steps, 1.0)

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        trainer.should_stop = trainer.should_stop or self.done >= self.steps

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.done += 1
        trainer.should_stop = trainer.should_stop or self.done >= self.steps

    def state_dict(self) -> dict[str, Any]:
        return {"done": self.done}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.done = int(state_dict["done"])


def budget_of(trainer: lightning.Trainer) -> WallClockBudget | StepBudget:
    """Give the first budget among a trainer's callbacks.

    Raises:
        ValueError: there is none.
    """
    for callback in getattr(trainer, "callbacks"):  # noqa: B009, a property that Lightning adds at run time
        if isinstance(callback, WallClockBudget | StepBudget):
            return callback
    raise ValueError("expected a budget among the trainer's callbacks, got none; add WallClockBudget or StepBudget")


def child_of(module: lightning.LightningModule, name: str) -> torch.nn.Module:
    """Give a child of a module by its name; the module itself for an empty name.

    Raises:
        ValueError: there is no such child.
    """
    try:
        return module.get_submodule(name)
    except AttributeError as missing:
        known = ", ".join(child for child, _ in module.named_children())
        raise ValueError(f"expected a child among {known}, got {name!r}; correct the callback's setting") from missing


class ScheduledRates(lightning.Callback):
    """Set the learning rates of all optimizers from the progress of the budget, before every step.

    It belongs after the budget in the trainer's list of callbacks.
    """

    def __init__(self, schedule: Schedule, budget: Budget) -> None:
        super().__init__()
        self.schedule = schedule
        self.budget = budget
        self._schedules: list[ProgressSchedule] = []
        self._restored: list[dict[str, Any]] = []

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._schedules = [ProgressSchedule(optimizer, self.schedule) for optimizer in trainer.optimizers]
        for schedule, state in zip(self._schedules, self._restored, strict=False):
            # The optimizer was restored with the rate of its last step; only this state holds the initial one.
            schedule.load_state_dict(state)
        self._set()

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._set()

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._set()

    def state_dict(self) -> dict[str, Any]:
        return {"schedules": [schedule.state_dict() for schedule in self._schedules]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._restored = list(state_dict["schedules"])

    def _set(self) -> None:
        for schedule in self._schedules:
            schedule.set(self.budget.progress)


class NonFiniteError(ArithmeticError):
    """A loss or a gradient was infinite or not a number."""


class NonFiniteGuard(lightning.Callback):
    """Raise `NonFiniteError` before a non-finite loss or gradient reaches a weight.

    The message names step, batch and term. Terms have names where the module keeps the latest ones as a mapping in
    `loss_terms`; otherwise the term is the whole loss. Earlier checkpoints stay as they are. In float16 gradients
    overflow on purpose: the loss scaler leaves such a step out by itself, and only losses are looked at.
    """

    def __init__(self) -> None:
        super().__init__()
        self._batch = 0

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._batch = batch_idx

    def on_before_backward(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, loss: Tensor
    ) -> None:
        if torch.isfinite(loss).all():
            return
        terms = getattr(pl_module, "loss_terms", {})
        named = {name: term for name, term in terms.items() if not torch.isfinite(torch.as_tensor(term)).all()}
        what = ", ".join(f"term {name!r} is {_show(term)}" for name, term in named.items())
        self._fail(trainer, what or f"term 'loss' is {_show(loss)}")

    def on_before_optimizer_step(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, optimizer: Optimizer
    ) -> None:
        if getattr(trainer.precision_plugin, "scaler", None) is not None:
            return
        gradients = gradients_of(pl_module, optimizer)
        if not gradients or torch.isfinite(torch.nn.utils.get_total_norm(gradients.values())):
            return
        first = next((name for name, gradient in gradients.items() if not torch.isfinite(gradient).all()), None)
        if first is not None:  # otherwise only the norm overflowed, and clipping may still save the step
            self._fail(trainer, f"term 'gradient of {first}' is not finite")

    def _fail(self, trainer: lightning.Trainer, what: str) -> None:
        raise NonFiniteError(
            f"expected finite numbers, got at step {trainer.global_step}, batch {self._batch}: {what}; "
            "lower the learning rate or clip gradients, and go on from the last checkpoint"
        )


def gradients_of(module: torch.nn.Module, optimizer: Optimizer) -> Mapping[str, Tensor]:
    """Give the gradients that the optimizer's next step would use, by parameter name."""
    stepped = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    return {
        name: parameter.grad
        for name, parameter in module.named_parameters()
        if id(parameter) in stepped and parameter.grad is not None
    }


def _show(term: Any) -> str:
    return str(torch.as_tensor(term).detach().cpu().tolist())
