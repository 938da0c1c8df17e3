"""Which channels a network could do without: train it on with group lasso, and see what dies at which loss.

`try_selection` tells, for any network, what a penalty costs. `compact` then cuts a chain that was trained with
`configs/training/optimizer/proximal_group_lasso.yaml`, whose groups are output channels.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from motion_transfer.training.layers import ACTIVATIONS
from motion_transfer.training.optimizers.operators import GroupLasso
from motion_transfer.training.optimizers.proximal import AcceleratedProximalGradient

DROPOUTS = nn.Dropout | nn.Dropout2d | nn.AlphaDropout
CLIP_NORM = 1.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What group lasso did to a network.

    Attributes:
        penalty: strength of the group lasso.
        kept: channels that some convolution still reads, counted for each convolution by itself.
        channels: that they read before.
        shrunk_loss: on held-out data when the penalty had done its work; cutting what is zero does not change it.
        loss: on held-out data after what is left was trained on without the penalty.
    """

    penalty: float
    kept: int
    channels: int
    shrunk_loss: float
    loss: float


def try_selection(
    network: nn.Module,
    loss: Callable[[], Tensor],
    held_out_loss: Callable[[], Tensor],
    *,
    penalty: float,
    rate: float,
    steps: int,
) -> Selection:
    """Train on with group lasso, cut what died, train what is left without the penalty, and put the weights back.

    A group is all that a convolution makes of one of its input channels. What makes one output channel would be no good
    group in front of a normalization, which undoes its scale: such groups shrink at no cost.

    Args:
        loss: of the network on the data that teach.
        held_out_loss: on data that do not.
        rate: of the accelerated proximal gradient.
        steps: with the penalty, and as many without.

    Raises:
        ValueError: for a setting out of its range, or a rate at which the training diverges.
    """
    if steps < 1:
        raise ValueError(f"expected at least 1 step, got {steps}; raise it")
    before = copy.deepcopy(network.state_dict())
    read = [layer.weight for layer in network.modules() if isinstance(layer, nn.Conv2d) and layer.weight.requires_grad]
    try:
        _train_on(network, read, loss, penalty=penalty, rate=rate, steps=steps)
        shrunk_loss = _measured(held_out_loss, rate)
        alive = [weight.detach().abs().amax((0, 2, 3)) > 0 for weight in read]
        hooks = [
            # What is zero and has no gradient stays zero.
            weight.register_hook(lambda gradient, left=left: gradient * left[:, None, None])
            for weight, left in zip(read, alive, strict=True)
        ]
        _train_on(network, read, loss, penalty=0.0, rate=rate, steps=steps)
        for hook in hooks:
            hook.remove()
        refitted_loss = _measured(held_out_loss, rate)
    finally:
        network.load_state_dict(before)
        network.zero_grad()
    return Selection(
        penalty=penalty,
        kept=sum(int(left.sum()) for left in alive),
        channels=sum(len(left) for left in alive),
        shrunk_loss=shrunk_loss,
        loss=refitted_loss,
    )


def _train_on(
    network: nn.Module, read: Sequence[Tensor], loss: Callable[[], Tensor], *, penalty: float, rate: float, steps: int
) -> None:
    penalized = {id(weight) for weight in read}
    others = [weight for weight in network.parameters() if weight.requires_grad and id(weight) not in penalized]
    groups = [{"params": read}, {"params": others, "penalized": False}]
    optimizer = AcceleratedProximalGradient(groups, lr=rate, proximal=GroupLasso(penalty, axis=1))

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        torch.nn.utils.clip_grad_norm_([*read, *others], CLIP_NORM)  # one bad step would undo what was learned
        return value

    for _ in range(steps):
        optimizer.step(closure)


@torch.no_grad()
def _measured(loss: Callable[[], Tensor], rate: float) -> float:
    value = loss().item()
    if not math.isfinite(value):
        raise ValueError(f"expected a rate at which the training stays finite, got {rate}; lower it")
    return value


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
