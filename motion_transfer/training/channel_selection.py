"""A smaller network from one that was trained with group lasso: channels whose weights are all zero are cut out.

Train with `configs/training/optimizer/proximal_group_lasso.yaml`, whose groups are output channels, then `compact`.
"""

from dataclasses import dataclass
from typing import get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from motion_transfer.training.layers import ACTIVATIONS

DROPOUTS = nn.Dropout | nn.Dropout2d | nn.AlphaDropout
ELEMENTWISE = (*({type(make()) for make in ACTIVATIONS.values()} - {nn.PReLU}), *get_args(DROPOUTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """A network without its dead channels.

    Attributes:
        network: computes the same outputs.
        removed: channels, over all layers.
        channels: there were before, the outputs' not counted.
    """

    network: nn.Sequential
    removed: int
    channels: int

    @property
    def sentence(self) -> str:
        """Tell the user what it means."""
        return f"{self.removed} of {self.channels} channels were never used and are gone; the pictures are the same."


def living_channels(layer: nn.Conv2d | nn.Linear) -> Bool[Tensor, "channel"]:
    """Say which output channels have any weight that is not zero."""
    return layer.weight.detach().flatten(1).abs().amax(1) > 0


@torch.no_grad()
def compact(network: nn.Sequential) -> Compacted:
    """Cut dead channels out of a chain of convolutions or linear layers with elementwise activations between.

    A dead channel still gives its bias; what the next layer makes of that constant moves into the next bias. The last
    layer's outputs all stay, and a layer keeps one channel at least.

    Raises:
        ValueError: for other layers in the chain, or zero padding behind a dead channel whose constant is not zero
            (its border cannot be expressed by a bias; use reflection).
    """
    layers = list(network)
    weighted = [(place, layer) for place, layer in enumerate(layers) if isinstance(layer, nn.Conv2d | nn.Linear)]
    others = [layer for layer in layers if not isinstance(layer, (nn.Conv2d, nn.Linear, *ELEMENTWISE))]
    if others or not weighted:
        raise ValueError(
            f"expected convolutions and activations, got {[type(layer).__name__ for layer in layers]}; cut a part of it"
        )
    removed = channels = 0
    kept_inputs: Tensor | None = None
    extra = torch.zeros(())  # what dead channels before add to this layer's bias
    for index, (place, layer) in enumerate(weighted):
        bias = (layer.weight.new_zeros(len(layer.weight)) if layer.bias is None else layer.bias) + extra.to(
            layer.weight
        )
        living = torch.ones(len(layer.weight), dtype=torch.bool, device=layer.weight.device)
        if index + 1 < len(weighted):
            living = living_channels(layer)
            living[0] |= not living.any()
            channels += len(living)
            removed += int((~living).sum())
            following, next_layer = weighted[index + 1]
            constants = bias
            for between in layers[place + 1 : following]:
                constants = constants if isinstance(between, DROPOUTS) else between(constants)
            extra = _passed_on(next_layer, ~living, constants)
        layers[place] = _cut(layer, living, kept_inputs, bias)
        kept_inputs = living
    return Compacted(network=nn.Sequential(*layers), removed=removed, channels=channels)


def _cut(
    layer: nn.Conv2d | nn.Linear, living: Tensor, kept_inputs: Tensor | None, bias: Float[Tensor, "channel"]
) -> nn.Module:
    weight = layer.weight[living] if kept_inputs is None else layer.weight[living][:, kept_inputs]
    if isinstance(layer, nn.Linear):
        smaller: nn.Conv2d | nn.Linear = nn.Linear(weight.shape[1], len(weight))
    else:
        if layer.groups != 1:
            raise ValueError(f"expected ungrouped convolutions, got {layer.groups} groups; their channels are tied")
        smaller = nn.Conv2d(
            weight.shape[1],
            len(weight),
            (layer.kernel_size[0], layer.kernel_size[1]),
            (layer.stride[0], layer.stride[1]),
            layer.padding if isinstance(layer.padding, str) else (layer.padding[0], layer.padding[1]),
            (layer.dilation[0], layer.dilation[1]),
            padding_mode=layer.padding_mode,
        )
    smaller = smaller.to(weight)
    smaller.weight.copy_(weight)
    assert smaller.bias is not None
    smaller.bias.copy_(bias[living])
    return smaller


def _passed_on(
    layer: nn.Conv2d | nn.Linear, dead: Bool[Tensor, "channel"], constants: Float[Tensor, "channel"]
) -> Float[Tensor, "outputs"]:
    """What the next layer makes of the dead channels' constants."""
    padded = isinstance(layer, nn.Conv2d) and layer.padding_mode == "zeros" and layer.padding not in ((0, 0), "valid")
    if padded and constants[dead].any():
        raise ValueError("expected reflecting padding behind dead channels with a bias, got zeros; change padding_mode")
    kernel = layer.weight[:, dead].flatten(2).sum(2) if layer.weight.ndim > 2 else layer.weight[:, dead]
    return kernel @ constants[dead]
