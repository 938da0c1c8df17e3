"""Robustness of the loss to noise on one layer's weights (Arora et al. 2018; Zhang et al. 2019)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


@torch.no_grad()
def noise_robustness(
    network: nn.Module, loss: Callable[[], Tensor], *, noise: float, draws: int, generator: torch.Generator
) -> dict[str, float]:
    """Give the mean rise of the loss under Gaussian noise on one layer's weights, for each layer by name.

    Args:
        network: of the loss; it is restored.
        loss: of a fixed batch.
        noise: standard deviation, as a fraction of the root mean square of the layer's weights.
        draws: over which the rise is averaged.
        generator: on the CPU.

    Raises:
        ValueError: for negative noise, no draws, or a network without weights.
    """
    if noise < 0 or draws < 1:
        raise ValueError(f"expected noise of at least 0 and 1 or more draws, got {noise} and {draws}; raise them")
    weights = {name: weight for name, weight in network.named_parameters() if weight.ndim > 1}
    if not weights:
        raise ValueError("expected layers with weights, got none; pass the network itself")
    clean = loss().item()
    rises = {}
    for name, weight in weights.items():
        before = weight.clone()
        size = noise * before.square().mean().sqrt()
        rise = 0.0
        for _ in range(draws):
            weight.copy_(before + size * torch.randn(before.shape, generator=generator).to(before))
            rise += loss().item() - clean
        weight.copy_(before)
        rises[name.removesuffix(".weight")] = rise / draws
    return rises
