"""Normalization, activation and dropout layers by name, as a YAML file chooses them."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import batch_norm

LEAKY_SLOPE = 0.2  # as in DCGAN and pix2pix
GROUPS = 32  # as in Wu and He 2018

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "none": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(LEAKY_SLOPE),
    "prelu": nn.PReLU,
    "elu": nn.ELU,
    "relu6": nn.ReLU6,
    "selu": nn.SELU,
    "gelu": nn.GELU,
}
_BATCH_NORMS = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


class InstanceNorm2d(nn.InstanceNorm2d):
    """Instance norm that keeps the `channels_last` layout for a batch of one, where it equals batch norm.

    Torch's layer copies maps into its layout and back, which takes more than twice the time.
    """

    def forward(
        self, input: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch channel height width"]:
        if len(input) != 1 or self.track_running_stats:
            return super().forward(input)
        return batch_norm(input, None, None, self.weight, self.bias, training=True, eps=self.eps)


_INSTANCE_NORMS = {1: nn.InstanceNorm1d, 2: InstanceNorm2d, 3: nn.InstanceNorm3d}
_CHANNEL_DROPOUTS = {1: nn.Dropout1d, 2: nn.Dropout2d, 3: nn.Dropout3d}


def make_norm(name: str, channels: int, *, dimensions: int = 2) -> nn.Module:
    """Make a normalization layer over `batch channel ...`.

    Batch norm: Ioffe and Szegedy 2015; instance norm: Ulyanov et al. 2016; layer norm (here over channels and
    positions together, as convolutional networks use it): Ba et al. 2016; group norm: Wu and He 2018. Synchronized
    batch norm takes its statistics over all processes, and equals batch norm for one process.

    Args:
        name: batch, synchronized_batch, instance, plain_instance (without a scale and a shift that are learned, as in
            pix2pixHD), group, layer or none.
        channels: length of the channel axis.
        dimensions: how many axes follow the channel axis; 2 for images, 0 for plain features.

    Raises:
        ValueError: for an unknown name, no channels, or instance norm of features without positions.
    """
    if channels < 1:
        raise ValueError(f"expected at least 1 channel, got {channels}; pass the length of the channel axis")
    if dimensions not in _BATCH_NORMS:
        raise ValueError(f"expected 0 to 3 dimensions, got {dimensions}; count the axes after the channel axis")
    match name:
        case "none":
            return nn.Identity()
        case "batch":
            return _BATCH_NORMS[dimensions](channels)
        case "synchronized_batch":
            return nn.SyncBatchNorm(channels)
        case "layer":
            return nn.GroupNorm(1, channels)
        case "group":
            return nn.GroupNorm(_largest_divisor(channels, at_most=GROUPS), channels)
        case "instance" if dimensions in _INSTANCE_NORMS:
            return _INSTANCE_NORMS[dimensions](channels, affine=True)
        case "plain_instance" if dimensions in _INSTANCE_NORMS:
            return _INSTANCE_NORMS[dimensions](channels)
        case "instance" | "plain_instance":
            raise ValueError("expected positions to normalize over, got plain features; use layer or batch norm")
    known = "batch, synchronized_batch, instance, plain_instance, group, layer, none"
    raise ValueError(f"expected a normalization among {known}, got {name!r}; correct the setting")


def make_activation(name: str) -> nn.Module:
    """Make an activation: sigmoid, tanh, softplus, relu, leaky_relu, prelu, elu, relu6, selu, gelu or none.

    Raises:
        ValueError: for an unknown name.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"expected an activation among {', '.join(ACTIVATIONS)}, got {name!r}; correct the setting")
    return ACTIVATIONS[name]()


def make_dropout(kind: str, rate: float, *, dimensions: int = 2) -> nn.Module:
    """Make an inverted dropout: in training kept values are divided by `1 - rate`, in evaluation nothing happens.

    Element dropout: Srivastava et al. 2014; channel dropout: Tompson et al. 2015, for feature maps, whose neighbouring
    values are correlated; alpha dropout: Klambauer et al. 2017, which keeps SELU's mean and variance.

    Args:
        kind: element, channel, alpha or none.
        rate: probability that a value is dropped.
        dimensions: how many axes follow the channel axis.

    Raises:
        ValueError: for an unknown kind, a rate outside [0, 1), or channel dropout of features without positions.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"expected a dropout rate in [0, 1), got {rate}; lower it")
    match kind:
        case "none":
            return nn.Identity()
        case "element":
            return nn.Dropout(rate)
        case "alpha":
            return nn.AlphaDropout(rate)
        case "channel" if dimensions in _CHANNEL_DROPOUTS:
            return _CHANNEL_DROPOUTS[dimensions](rate)
        case "channel":
            raise ValueError(f"expected 1 to 3 dimensions for channel dropout, got {dimensions}; use element dropout")
    raise ValueError(f"expected a dropout among element, channel, alpha, none, got {kind!r}; correct the setting")


def to_channels_last(module: nn.Module) -> None:
    """Store convolution kernels in `channels_last` layout, which feature maps then take over.

    Convolution and upsampling are up to five times faster in it on a CPU, and half precision on a GPU profits as well.
    """
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def to_contiguous(module: nn.Module) -> None:
    """Undo `to_channels_last`: store convolution kernels in the layout that they are made in."""
    for parameter in module.parameters():
        parameter.data = parameter.data.contiguous()


def _largest_divisor(number: int, *, at_most: int) -> int:
    return next(divisor for divisor in range(min(number, at_most), 0, -1) if number % divisor == 0)
