"""Which channels a network could do without: train it on with group lasso, and see what dies at which loss."""

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
