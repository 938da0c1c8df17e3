"""Averages of weights or outputs: of one training's last steps, or of snapshots along it.

Averages of weights are Lightning's `WeightAveraging`, with `warmed_average`, or `StochasticAveraging`. Its
`EMAWeightAveraging` counts optimizer steps, of which a GAN takes two a batch: `update_every_n_steps` above 1 may never
come true.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytorch_lightning as lightning
import torch
from jaxtyping import Float
from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor, nn

from motion_transfer.training.callbacks import budget_of, child_of


def warmed_average(decay: float) -> Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]:
    """Exponential moving average for `WeightAveraging(multi_avg_fn=...)` that forgets its beginning quickly.

    After n updates it keeps (1 + n) / (10 + n) of itself, at most `decay`, so that short trainings do not lag.

    Raises:
        ValueError: a decay outside of [0, 1).
    """
    if not 0 <= decay < 1:
        raise ValueError(f"expected a decay in [0, 1), got {decay}; try 0.997")

    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], updates: Tensor | int) -> None:
        kept = min(decay, (1 + float(updates)) / (10 + float(updates)))
        for average, value in zip(averaged, current, strict=True):
            average.lerp_(value, 1 - kept)

    return update


class StochasticAveraging(WeightAveraging):
    """Validate and keep the mean of all weights since a fraction of the budget (Izmailov et al. 2018).

    Up to there the average is the weights as they are. Lightning's `StochasticWeightAveraging` refuses a second
    optimizer, which a GAN has.
    """

    def __init__(self, start_fraction: float) -> None:
        super().__init__(multi_avg_fn=self._average)
        if not 0 <= start_fraction < 1:
            raise ValueError(f"expected a fraction of the budget in [0, 1), got {start_fraction}; 0.75 is the paper's")
        self.start_fraction, self.averaged = start_fraction, 0
        self._begun = False

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._begun = budget_of(trainer).progress >= self.start_fraction
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)

    def _average(self, averaged: Sequence[Tensor], current: Sequence[Tensor], _: Tensor | int) -> None:
        for average, value in zip(averaged, current, strict=True):
            average.lerp_(value, 1 / (1 + self.averaged))
        self.averaged += self._begun

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "averaged": self.averaged}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.averaged = state_dict["averaged"]


class Ensemble(nn.Module):
    """Average of the members' outputs."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        if not members:
            raise ValueError("expected at least one member, got none; train some")
        self.members = nn.ModuleList(members)

    def forward(self, *inputs: Tensor) -> Float[Tensor, "..."]:
        return torch.stack([member(*inputs) for member in self.members]).mean(0)


class Snapshots(lightning.Callback):
    """Keep the weights at the end of each of `count` equal stretches of the budget (Huang et al. 2017).

    With cosine restarts at the same places each snapshot is a minimum of its own. The budget is the first one among
    the trainer's callbacks; put this after it.

    Args:
        count: of snapshots.
        child: which part of the module to keep, e.g. "generator"; empty for all.
    """

    def __init__(self, *, count: int, child: str) -> None:
        super().__init__()
        if count < 1:
            raise ValueError(f"expected at least 1 snapshot, got {count}; raise it")
        self.count, self.child = count, child
        self.weights: list[dict[str, Tensor]] = []

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        # a stretch of the budget may be shorter than a step: then one step ends several, and is kept once
        ended = int(budget_of(trainer).progress * self.count + 1e-9)
        if ended > len(self.weights):
            kept = child_of(pl_module, self.child).state_dict()
            snapshot = {name: weight.detach().cpu().clone() for name, weight in kept.items()}
            self.weights += [snapshot] * (ended - len(self.weights))

    def ensemble(self, module: nn.Module) -> Ensemble:
        """Give the ensemble of all different snapshots; `module` is copied for each.

        Raises:
            ValueError: before the first snapshot.
        """
        different = {id(weights): weights for weights in self.weights}
        if not different:
            raise ValueError("expected snapshots, got none; train until the first stretch of the budget ends")
        members = [copy.deepcopy(module) for _ in different]
        for member, weights in zip(members, different.values(), strict=True):
            member.load_state_dict(weights)
        return Ensemble(members)

    def state_dict(self) -> dict[str, Any]:
        return {"weights": self.weights}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self.weights = list(state_dict["weights"])
