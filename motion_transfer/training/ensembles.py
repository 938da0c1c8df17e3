"""Averages of weights over a training's steps, and of outputs over its snapshots.

Averages of weights are Lightning's `WeightAveraging` with `warmed_average`, or `StochasticAveraging`. Lightning's
`EMAWeightAveraging` counts optimizer steps, of which a GAN takes two a batch, so that it may never update where
`update_every_n_steps` is above 1.
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
    """Give an exponential moving average for `WeightAveraging(multi_avg_fn=...)`, with a warm-up of its decay.

    After n updates the decay is (1 + n) / (10 + n), at most `decay`, so that short trainings do not lag.

    Raises:
        ValueError: for a decay outside [0, 1).
    """
    if not 0 <= decay < 1:
        raise ValueError(f"expected a decay in [0, 1), got {decay}; try 0.997")

    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], updates: Tensor | int) -> None:
        _move(averaged, current, 1 - min(decay, (1 + float(updates)) / (10 + float(updates))))

    return update


def _move(averaged: Sequence[Tensor], current: Sequence[Tensor], share: float) -> None:
    """Bring averages nearer to the current values; counts, such as batch norm has of its batches, are taken over."""
    for average, value in zip(averaged, current, strict=True):
        if average.is_floating_point():
            average.lerp_(value, share)
        else:
            average.copy_(value)


class StochasticAveraging(WeightAveraging):
    """Stochastic weight averaging (Izmailov et al. 2018): the mean of all weights after a fraction of the budget.

    Before it the average equals the current weights. Lightning's `StochasticWeightAveraging` refuses the second
    optimizer of a GAN.
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
        _move(averaged, current, 1 / (1 + self.averaged))
        self.averaged += self._begun

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "averaged": self.averaged}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.averaged = state_dict["averaged"]


class Ensemble(nn.Module):
    """The mean of the members' outputs."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        if not members:
            raise ValueError("expected at least one member, got none; train some")
        self.members = nn.ModuleList(members)

    def forward(self, *inputs: Tensor) -> Float[Tensor, "..."]:
        return torch.stack([member(*inputs) for member in self.members]).mean(0)


class Snapshots(lightning.Callback):
    """Snapshot ensemble (Huang et al. 2017): keeps the weights at the end of each of `count` equal parts of the budget.

    With cosine restarts at the same moments each snapshot is a minimum of its own. The budget is the first one among
    the trainer's callbacks, and must precede this one.

    Args:
        count: of snapshots.
        child: name of the module's child to keep, e.g. "generator"; empty for the whole module.
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
        # A part of the budget may be shorter than a step: then one step ends several parts, and is kept once.
        ended = int(budget_of(trainer).progress * self.count + 1e-9)
        if ended > len(self.weights):
            kept = child_of(pl_module, self.child).state_dict()
            snapshot = {name: weight.detach().cpu().clone() for name, weight in kept.items()}
            self.weights += [snapshot] * (ended - len(self.weights))

    def ensemble(self, module: nn.Module) -> Ensemble:
        """Give the ensemble of all distinct snapshots; `module` is copied for each.

        Raises:
            ValueError: there is no snapshot yet.
        """
        distinct = [
            weights
            for index, weights in enumerate(self.weights)
            if not index or not _same(weights, self.weights[index - 1])
        ]
        if not distinct:
            raise ValueError("expected snapshots, got none; train until the first part of the budget ends")
        members = [copy.deepcopy(module) for _ in distinct]
        for member, weights in zip(members, distinct, strict=True):
            member.load_state_dict(weights)
        return Ensemble(members)

    def state_dict(self) -> dict[str, Any]:
        return {"weights": self.weights}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self.weights = list(state_dict["weights"])


def _same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(weight, other[name]) for name, weight in one.items())
