"""The loss on the line between two solutions (Goodfellow et al. 2015) and the plane through three (Garipov 2018)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPath:
    """The loss at `a + u (b - a)`.

    Attributes:
        coefficients: the u, rising: 0 at the first solution, 1 at the second, possibly beyond.
        loss: at each u.
    """

    coefficients: Float[Tensor, "point"]
    loss: Float[Tensor, "point"]

    @property
    def barrier(self) -> float:
        """The largest rise of the loss above the linear interpolation of its ends; 0 for a linearly connected pair."""
        between = (self.coefficients >= 0) & (self.coefficients <= 1)
        inside, loss = self.coefficients[between], self.loss[between]
        return (loss - torch.lerp(loss[0], loss[-1], inside)).max().item()

    @property
    def sentence(self) -> str:
        """What it means for the user."""
        if self.barrier > 0.1 * self.loss[(self.coefficients >= 0) & (self.coefficients <= 1)].max().item():
            return f"A barrier of {self.barrier:.2g} separates the two: average their pictures, not their weights."
        return "Both solutions lie in one valley: averaging their weights is safe."


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPlane:
    """The loss at `a + u (b - a) + v (c - a)`.

    Attributes:
        coefficients: the u and the v, rising, 0 and 1 among them.
        loss: one row per v, one column per u.
    """

    coefficients: Float[Tensor, "point"]
    loss: Float[Tensor, "point point"]

    @property
    def barrier(self) -> float:
        """The largest rise of the loss between the three above the linear interpolation of theirs; 0 in one valley."""
        first, last = int(self.coefficients.abs().argmin()), int((self.coefficients - 1).abs().argmin())
        a, b, c = self.loss[first, first], self.loss[first, last], self.loss[last, first]
        u, v = self.coefficients[None], self.coefficients[:, None]
        between = (u >= 0) & (v >= 0) & (u + v <= 1)
        return (self.loss - (a + u * (b - a) + v * (c - a)))[between].max().item()

    @property
    def lowest(self) -> tuple[float, float]:
        """u and v of the least loss."""
        row, column = divmod(int(self.loss.argmin()), len(self.coefficients))
        return self.coefficients[column].item(), self.coefficients[row].item()

    @property
    def sentence(self) -> str:
        """What it means for the user."""
        u, v = self.lowest
        lowest = f"the least loss, {self.loss.min().item():.3g}, is at {1 - u - v:.2g} : {u:.2g} : {v:.2g} of them"
        if self.barrier > 0.1 * self.loss.min().item():
            advice = "average their pictures, not their weights"
            return f"A barrier of {self.barrier:.2g} separates the three: {advice}; {lowest}."
        return f"All three lie in one valley, where averaging weights is safe: {lowest}."


def loss_along_line(
    network: nn.Module,
    loss: Callable[[], Tensor],
    first: Weights,
    second: Weights,
    coefficients: Float[Tensor, "point"],
) -> LossPath:
    """Give the loss on the line between two solutions; the network ends with the weights it had.

    Args:
        network: of the loss. Floating-point buffers, such as running statistics, are interpolated as well.
        loss: of a fixed batch.
        first, second: state dicts.
        coefficients: of the points on the line, rising, 0 and 1 among them.

    Raises:
        ValueError: for state dicts of different names.
    """
    zero = {name: torch.zeros_like(weight) for name, weight in first.items()}
    values = _losses(
        network, loss, first, (second, zero), [(coefficient, 0.0) for coefficient in coefficients.tolist()]
    )
    return LossPath(coefficients=coefficients, loss=values)


def loss_on_plane(
    network: nn.Module,
    loss: Callable[[], Tensor],
    corners: tuple[Weights, Weights, Weights],
    coefficients: Float[Tensor, "point"],
) -> LossPlane:
    """Give the loss on the plane through three solutions; the network ends with the weights it had.

    Args:
        network, loss: as of `loss_along_line`.
        corners: the state dicts a, b and c.
        coefficients: of both sides of the plane, rising, 0 and 1 among them.

    Raises:
        ValueError: for state dicts of different names.
    """
    first, second, third = corners
    points = [(u, v) for v in coefficients.tolist() for u in coefficients.tolist()]
    values = _losses(network, loss, first, (second, third), points)
    return LossPlane(coefficients=coefficients, loss=values.view(len(coefficients), len(coefficients)))


@torch.no_grad()
def _losses(
    network: nn.Module,
    loss: Callable[[], Tensor],
    origin: Weights,
    corners: tuple[Weights, ...],
    points: list[tuple[float, float]],
) -> Tensor:
    names = set(network.state_dict())
    if any(set(weights) != names for weights in (origin, *corners)):
        raise ValueError("expected state dicts of the network, got other names; load them into such a network first")
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    # A solution may be the network's state dict itself, whose tensors change with the network.
    origin = {name: weight.clone() for name, weight in origin.items()}
    corners = tuple({name: weight.clone() for name, weight in corner.items()} for corner in corners)
    values = []
    try:
        for u, v in points:
            mixed = {
                name: start + u * (corners[0][name] - start) + (v * (corners[1][name] - start) if v else 0)
                if start.is_floating_point()
                else start
                for name, start in origin.items()
            }
            network.load_state_dict(mixed)
            values.append(loss().item())
    finally:
        network.load_state_dict(before)
    return torch.tensor(values)
