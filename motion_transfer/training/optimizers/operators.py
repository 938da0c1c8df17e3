"""Penalties and their proximal operators: `prox(v) = argmin_x penalty(x) + |x - v|^2 / (2 step)`."""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from motion_transfer.training.optimizers.settings import check_not_negative


@runtime_checkable
class Proximal(Protocol):
    """A penalty, possibly without a gradient, and its proximal operator."""

    def penalty(self, values: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        """Give the penalty of the values."""
        ...

    def prox(self, values: Float[Tensor, "..."], step: float) -> Float[Tensor, "..."]:
        """Give `argmin_x penalty(x) + |x - values|^2 / (2 step)`."""
        ...


@dataclass(frozen=True, slots=True)
class Absolute:
    """L1: `strength * sum |x|`; its operator is soft thresholding, which sets small values to zero."""

    strength: float

    def __post_init__(self) -> None:
        check_not_negative("strength", self.strength)

    def penalty(self, values: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        return self.strength * values.abs().sum()

    def prox(self, values: Float[Tensor, "..."], step: float) -> Float[Tensor, "..."]:
        return functional.softshrink(values, step * self.strength)


@dataclass(frozen=True, slots=True)
class GroupLasso:
    """`strength * sum over groups of sqrt(size) |group|` (Yuan and Lin 2006): groups become zero as a whole.

    A group is a slice along `axis`: with axis 0 of a convolution's weight, the weights of one output channel.
    """

    strength: float
    axis: int

    def __post_init__(self) -> None:
        check_not_negative("strength", self.strength)

    def penalty(self, values: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        groups = self._groups(values)
        return self.strength * math.sqrt(groups.shape[1]) * groups.norm(dim=1).sum()

    def prox(self, values: Float[Tensor, "..."], step: float) -> Float[Tensor, "..."]:
        groups = self._groups(values)
        threshold = step * self.strength * math.sqrt(groups.shape[1])
        norms = groups.norm(dim=1, keepdim=True)
        kept = torch.where(norms > threshold, 1 - threshold / norms, 0.0)
        return (groups * kept).view_as(values.movedim(self.axis, 0)).movedim(0, self.axis)

    def _groups(self, values: Float[Tensor, "..."]) -> Float[Tensor, "group value"]:
        return values.movedim(self.axis, 0).reshape(values.shape[self.axis], -1)  # a vector: groups of one value


@dataclass(frozen=True, slots=True)
class Box:
    """0 between `low` and `high`, infinite beyond; its operator clamps."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"expected low at most high, got {self.low} and {self.high}; exchange them")

    def penalty(self, values: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        outside = (values < self.low) | (values > self.high)
        return values.new_zeros(()).masked_fill(outside.any(), math.inf)

    def prox(self, values: Float[Tensor, "..."], step: float) -> Float[Tensor, "..."]:
        return values.clamp(self.low, self.high)
