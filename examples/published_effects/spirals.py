"""A small classification task, points on spirals, on which published effects show within seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Points on interleaved spiral arms, and the index of each one's arm."""

    inputs: Float[Tensor, "sample 2"]
    labels: Int[Tensor, "sample"]


def spirals(samples: int, *, arms: int, noise: float, generator: torch.Generator) -> Task:
    """Draw noisy points on spirals that wind three quarters around the origin, which no line separates.

    Raises:
        ValueError: for fewer samples than arms, fewer than two arms or negative noise.
    """
    if arms < 2 or samples < arms or noise < 0:
        raise ValueError(f"expected 2 or more arms of 1 or more samples, got {arms}, {samples}, noise {noise}; correct")
    labels = torch.arange(samples) % arms
    radius = 0.2 + 0.8 * torch.rand(samples, generator=generator)
    angle = 1.5 * torch.pi * radius + 2 * torch.pi * labels / arms
    points = radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    return Task(inputs=2 * points + noise * torch.randn(samples, 2, generator=generator), labels=labels)


def perceptron(width: int, depth: int, *, inputs: int, classes: int, activation: str = "relu") -> nn.Sequential:
    """Make a network of `depth` hidden layers of equal width.

    Raises:
        ValueError: for a width or depth below 1, or another activation than relu and tanh.
    """
    if width < 1 or depth < 1:
        raise ValueError(f"expected width and depth of at least 1, got {width} and {depth}; raise them")
    if activation not in ("relu", "tanh"):
        raise ValueError(f"expected an activation among relu, tanh, got {activation!r}; correct it")
    layers: list[nn.Module] = []
    for index in range(depth):
        layers += [nn.Linear(inputs if index == 0 else width, width), nn.ReLU() if activation == "relu" else nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(width, classes))


def fit(
    network: nn.Module, task: Task, *, steps: int, learning_rate: float, parameters: Iterable[Tensor] | None = None
) -> list[float]:
    """Train on the whole task as one batch by Adam; return the loss before every step.

    Args:
        network: changed in place.
        parameters: that are trained; None for all.
    """
    optimizer = torch.optim.Adam(
        network.parameters() if parameters is None else parameters, lr=learning_rate, fused=True
    )
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(task.inputs), task.labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def accuracy(network: nn.Module, task: Task) -> float:
    """Give the fraction of samples whose highest score is that of their class."""
    return (network(task.inputs).argmax(1) == task.labels).double().mean().item()
