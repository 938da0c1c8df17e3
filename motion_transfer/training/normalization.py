"""Normalization of weight matrices: weight norm, spectral norm, bounded singular values."""

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

Weighted = nn.Linear | nn.modules.conv._ConvNd


def weighted_layers(module: nn.Module) -> list[Weighted]:
    """Give the linear and convolution layers of a network, in order."""
    return [layer for layer in module.modules() if isinstance(layer, Weighted)]


def plain_weights(module: nn.Module) -> list[torch.Tensor]:
    """Give the weights of the linear and convolution layers, which may be changed in place.

    Raises:
        ValueError: for weights that `normalize_weights` computes from others before every use.
    """
    layers = weighted_layers(module)
    if any(parametrize.is_parametrized(layer, "weight") for layer in layers):
        raise ValueError("expected plain weights, got normalized ones; change weights or normalize them, not both")
    return [layer.weight for layer in layers]


def normalize_weights(module: nn.Module, kind: str) -> None:
    """Reparametrize the weight of every linear and convolution layer as a normalized one, in place.

    Weight norm, `w = g v / |v|`: Salimans and Kingma 2016; spectral norm, `W / sigma(W)`: Miyato et al. 2018 (one power
    iteration per forward pass of training).

    Args:
        module: changed in place; the names in its state dict change as well.
        kind: weight, spectral or none.

    Raises:
        ValueError: for an unknown kind.
    """
    if kind not in ("weight", "spectral", "none"):
        raise ValueError(f"expected a weight normalization among weight, spectral, none, got {kind!r}; correct it")
    for layer in weighted_layers(module):
        if kind == "weight":
            parametrizations.weight_norm(layer)
        elif kind == "spectral":
            parametrizations.spectral_norm(layer)


@torch.no_grad()
def bound_singular_values(module: nn.Module, *, margin: float) -> None:
    """Clamp the singular values of every linear and convolution layer to `[1 / (1 + margin), 1 + margin]`, in place.

    Singular value bounding (Jia et al. 2017, algorithm 1): call it every few hundred steps. A convolution's weight is
    flattened to one row per output channel.

    Raises:
        ValueError: for a negative margin or normalized weights.
    """
    if margin < 0:
        raise ValueError(f"expected a margin of at least 0, got {margin}; 0.05 is the paper's")
    for weight in plain_weights(module):
        left, values, right = torch.linalg.svd(weight.flatten(1), full_matrices=False)
        values = values.clamp(1 / (1 + margin), 1 + margin)
        weight.copy_(((left * values) @ right).view_as(weight))
