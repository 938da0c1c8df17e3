"""Initialization: random weights that preserve the signal's variance, or the weights of another network."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import init

from motion_transfer.training.layers import LEAKY_SLOPE
from motion_transfer.training.normalization import Weighted

LOG = logging.getLogger(__name__)
NORMAL_STD = 0.02  # DCGAN (Radford et al. 2016), pix2pix
SELU_GAIN = 1.0  # LeCun's variance 1/fan_in, which self-normalization assumes; with torch's 3/4 the signal shrinks


def activation_gain(activation: str) -> float:
    """Give the gain of the weights that preserves the variance through an activation.

    Raises:
        ValueError: for an unknown activation.
    """
    match activation:
        case "none" | "sigmoid" | "softplus":
            return 1.0
        case "selu":
            return SELU_GAIN
        case "tanh":
            return init.calculate_gain("tanh")
        case "relu" | "relu6" | "elu" | "gelu":
            return math.sqrt(2)
        case "leaky_relu":
            return init.calculate_gain("leaky_relu", LEAKY_SLOPE)
        case "prelu":
            return init.calculate_gain("leaky_relu", 0.25)  # initial slope of nn.PReLU
    raise ValueError(f"expected an activation that make_activation knows, got {activation!r}; correct the setting")


@torch.no_grad()
def initialize(module: nn.Module, *, scheme: str, activation: str) -> None:
    """Draw the weights of every linear and convolution layer; biases become 0, normalization layers 1 and 0.

    Xavier: Glorot and Bengio 2010, eq. 16, uniform; Kaiming: He et al. 2015, eq. 10, normal over the fan-in;
    orthogonal: Saxe et al. 2014; normal: N(0, 0.02) as in DCGAN.

    Args:
        module: changed in place.
        scheme: xavier, kaiming, orthogonal or normal.
        activation: what follows the layers, as `make_activation` names it; `normal` ignores it.

    Raises:
        ValueError: for an unknown scheme or activation.
    """
    gain = activation_gain(activation)
    for layer in module.modules():
        if isinstance(layer, Weighted):
            _fill(layer.weight, scheme, gain, fan_in=_fan_in(layer))
            if layer.bias is not None:
                layer.bias.zero_()
        elif isinstance(layer, nn.modules.batchnorm._NormBase | nn.GroupNorm | nn.LayerNorm):
            if layer.weight is not None:
                layer.weight.fill_(1)
            if layer.bias is not None:
                layer.bias.zero_()


def _fan_in(layer: nn.Module) -> float:
    """Give the number of terms of an output; a transposed convolution spreads its kernel over stride^2 outputs."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        return len(weight) * weight[0, 0].numel() / math.prod(layer.stride)
    return weight[0].numel()


def _fill(weight: Tensor, scheme: str, gain: float, *, fan_in: float) -> None:
    match scheme:
        case "xavier":
            init.xavier_uniform_(weight, gain)
        case "kaiming":
            init.normal_(weight, 0, gain / math.sqrt(fan_in))
        case "orthogonal":
            init.orthogonal_(weight, gain)
        case "normal":
            init.normal_(weight, 0, NORMAL_STD)
        case _:
            raise ValueError(f"expected a scheme among xavier, kaiming, orthogonal, normal, got {scheme!r}; correct it")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """Names of the parameters and buffers that were loaded, and of those that were not.

    Attributes:
        loaded: copied.
        missing: in the module only.
        unused: in the given weights only.
        left_out: in both, but not under the chosen prefixes.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{len(self.loaded)} tensors loaded, {len(self.missing)} missing, "
            f"{len(self.unused)} unused, {len(self.left_out)} left out"
        )


@torch.no_grad()
def load_matching(
    module: nn.Module, weights: Mapping[str, Tensor], *, prefixes: Sequence[str] | None = None
) -> LoadReport:
    """Copy weights of equal names into a module: all of them, or those under some prefixes.

    The module is unchanged where an error is raised.

    Args:
        module: changed in place.
        weights: a state dict; may hold more or less than the module.
        prefixes: names of the layers to copy, e.g. `["encoder.0"]`; None for all.

    Raises:
        ValueError: a tensor of equal name has another shape, a prefix names no layer, or no name is equal.
    """
    current = module.state_dict()
    common = [name for name in current if name in weights]
    chosen = [name for name in common if prefixes is None or any(_inside(name, prefix) for prefix in prefixes)]
    for prefix in prefixes or ():
        if not any(_inside(name, prefix) for name in current):
            raise ValueError(
                f"expected prefixes of the module's layers, got {prefix!r}; it has {_first_names(current)}"
            )
    if not chosen:
        raise ValueError(
            f"expected weights named as the module's ({_first_names(current)}), got {_first_names(weights)}; "
            "rename them"
        )
    for name in chosen:
        if current[name].shape != weights[name].shape:
            raise ValueError(
                f"expected shape {tuple(current[name].shape)} for {name}, got {tuple(weights[name].shape)}; "
                "build the module with the settings it was trained with, or load only layers that fit"
            )
    for name in chosen:
        current[name].copy_(weights[name])
    report = LoadReport(
        loaded=tuple(chosen),
        missing=tuple(name for name in current if name not in weights),
        unused=tuple(name for name in weights if name not in current),
        left_out=tuple(name for name in common if name not in chosen),
    )
    LOG.info("%s", report)
    return report


def _inside(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix.rstrip(".") + ".")


def _first_names(weights: Mapping[str, Tensor]) -> str:
    names = list(weights)
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
