"""RMSProp with Nesterov momentum (Goodfellow et al., Deep Learning, 2016, algorithm 8.6)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from motion_transfer.training.optimizers.settings import check_fraction, check_not_negative, check_positive

lists: Any = torch  # its operations on lists of tensors, few launches on a GPU, are missing from its type stubs


class RMSpropNesterov(Optimizer):
    """`g` at `theta + alpha v`; `r = rho r + (1 - rho) g g`; `v = alpha v - eps g / sqrt(delta + r)`; `theta += v`.

    Between steps the parameters are the look-ahead point `theta + alpha v`, where the next gradient is taken, as in
    torch's Nesterov momentum. The book omits `delta`; it is inside the root as in its RMSProp, whereas torch's RMSprop
    adds its epsilon outside.

    Args:
        params: parameters or groups of them.
        lr: eps.
        decay: rho, of the moving average of squared gradients.
        momentum: alpha.
        delta: keeps the root above zero.
        weight_decay: weights shrink by this fraction of the rate, apart from the gradient (Loshchilov and Hutter 2019).

    Raises:
        ValueError: for a setting out of its range.
    """

    def __init__(
        self, params: Any, *, lr: float, decay: float, momentum: float, delta: float, weight_decay: float = 0.0
    ) -> None:
        check_positive("lr", lr)
        check_fraction("decay", decay)
        check_fraction("momentum", momentum)
        check_positive("delta", delta)
        check_not_negative("weight_decay", weight_decay)
        defaults = {"lr": lr, "decay": decay, "momentum": momentum, "delta": delta, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take a step; `closure` clears gradients, computes the loss, calls backward and returns the loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            self._step_group(group)
        return loss

    def _step_group(self, group: dict[str, Any]) -> None:
        parameters: list[Tensor] = [parameter for parameter in group["params"] if parameter.grad is not None]
        if not parameters:
            return
        for parameter in parameters:
            if not self.state[parameter]:
                self.state[parameter]["square"] = torch.zeros_like(parameter)
                self.state[parameter]["velocity"] = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        squares = [self.state[parameter]["square"] for parameter in parameters]
        velocities = [self.state[parameter]["velocity"] for parameter in parameters]
        rate, decay, momentum = float(group["lr"]), group["decay"], group["momentum"]
        if group["weight_decay"]:
            lists._foreach_mul_(parameters, 1 - rate * group["weight_decay"])
        lists._foreach_mul_(squares, decay)
        lists._foreach_addcmul_(squares, gradients, gradients, 1 - decay)
        roots = lists._foreach_add(squares, group["delta"])
        lists._foreach_sqrt_(roots)
        lists._foreach_add_(parameters, velocities, alpha=-momentum)  # back from the look-ahead point
        lists._foreach_mul_(velocities, momentum)
        lists._foreach_addcdiv_(velocities, gradients, roots, -rate)
        lists._foreach_add_(parameters, velocities, alpha=1 + momentum)
