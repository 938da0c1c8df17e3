"""The cost of a step of our optimizers, relative to torch's Adam (foreach), on the generator's parameters."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.generators.registry import MakeGenerator

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]


def step_cost_ratios(
    optimizers: Mapping[str, MakeOptimizer],
    of_one_tensor: Mapping[str, MakeOptimizer],
    make_generator: MakeGenerator,
    device: str,
    *,
    repeats: int,
    steps: int,
) -> dict[str, list[float]]:
    """Give the seconds of a step over those of Adam's, which is timed right before; one ratio a repeat.

    Args:
        of_one_tensor: optimizers that take all parameters as one row.
        make_generator: makes the network whose parameters are stepped.
        steps: timed at once.
    """
    network = make_generator(channels=SMPL_CHANNELS).to(device)
    reference = Adam(_parameters(network, flat=False), lr=1e-4, foreach=True)
    ours = {name: make(_parameters(network, flat=False)) for name, make in optimizers.items()}
    ours |= {name: make(_parameters(network, flat=True)) for name, make in of_one_tensor.items()}
    return {name: _ratios(reference, optimizer, repeats, steps) for name, optimizer in ours.items()}


def _parameters(network: nn.Module, *, flat: bool) -> list[nn.Parameter]:
    """Copy a network's parameters and give them gradients of usual size."""
    values = [parameter.detach().clone() for parameter in network.parameters()]
    if flat:
        values = [torch.cat([value.flatten() for value in values])]
    parameters = [nn.Parameter(value) for value in values]
    for parameter in parameters:
        parameter.grad = 1e-3 * torch.randn_like(parameter)
    return parameters


def _ratios(reference: Optimizer, ours: Optimizer, repeats: int, steps: int) -> list[float]:
    _seconds(reference, steps)
    _seconds(ours, steps)
    ratios = []
    for _ in range(repeats):
        adam_s = _seconds(reference, steps)
        ratios.append(_seconds(ours, steps) / adam_s)
    return ratios


def _seconds(optimizer: Optimizer, steps: int) -> float:
    device = optimizer.param_groups[0]["params"][0].device
    loss = torch.zeros((), device=device)
    _wait(device)
    start = time.perf_counter()
    for _ in range(steps):
        optimizer.step(_closure(loss))
    _wait(device)
    return time.perf_counter() - start


def _closure(loss: Tensor) -> Callable[[], Any]:
    """The gradients are there already; only the step is timed."""
    return lambda: loss


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
