"""Channel pruning by group lasso (Wen et al. 2016): which channels die, and at what loss."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from motion_transfer.training.optimizers.operators import GroupLasso
from motion_transfer.training.optimizers.proximal import AcceleratedProximalGradient

CLIP_NORM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """The effect of group lasso on a network.

    Attributes:
        penalty: strength of the group lasso.
        kept: input channels that the convolutions still read, summed over convolutions.
        channels: that they read before.
        shrunk_loss: on held-out data after training with the penalty; pruning zeros does not change it.
        loss: on held-out data after the remaining weights were trained further without the penalty.
    """

    penalty: float
    kept: int
    channels: int
    shrunk_loss: float
    loss: float


def try_pruning(
    network: nn.Module,
    loss: Callable[[], Tensor],
    held_out_loss: Callable[[], Tensor],
    *,
    penalty: float,
    rate: float,
    steps: int,
) -> Pruning:
    """Train further with group lasso, prune, train the rest without the penalty, and restore the weights.

    A group holds the weights by which a convolution reads one input channel. Those of an output channel are no good
    group before a normalization, which undoes their scale: such groups shrink at no cost.

    Args:
        loss: of the network on training data.
        held_out_loss: of the network on held-out data.
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
            # A weight that is zero and has no gradient stays zero.
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
    return Pruning(
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
        torch.nn.utils.clip_grad_norm_([*read, *others], CLIP_NORM)  # one bad step would undo the training
        return value

    for _ in range(steps):
        optimizer.step(closure)


@torch.no_grad()
def _measured(loss: Callable[[], Tensor], rate: float) -> float:
    value = loss().item()
    if not math.isfinite(value):
        raise ValueError(f"expected a rate at which the training stays finite, got {rate}; lower it")
    return value
