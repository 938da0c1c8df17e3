"""Accelerated proximal gradient (FISTA; Beck and Teboulle 2009, section 4)."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from motion_transfer.training.optimizers.operators import Proximal
from motion_transfer.training.optimizers.settings import check_positive


class AcceleratedProximalGradient(Optimizer):
    """`x_k = prox(y - lr grad F(y))`, then `y = x_k + (t_k - 1) / t_(k+1) (x_k - x_(k-1))`.

    Here `t_1 = 1` and `t_(k+1) = (1 + sqrt(1 + 4 t_k^2)) / 2`.

    With a convex F of L-Lipschitz gradient and `lr <= 1 / L` the objective is within `2 L |x_0 - x*|^2 / (k + 1)^2` of
    its minimum. The gradient is taken at y, while between steps the parameters are the sparse x; a step therefore needs
    a closure, as in torch's LBFGS.

    Args:
        params: parameters or groups; a group with `penalized: False` (biases) is not penalized.
        lr: size of the gradient step.
        proximal: the penalty that is added to the closure's loss.

    Raises:
        ValueError: for a rate that is not positive.
    """

    def __init__(self, params: Any, *, lr: float, proximal: Proximal) -> None:
        check_positive("lr", lr)
        self.proximal = proximal
        super().__init__(params, {"lr": lr, "penalized": True, "t": 1.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take a step; `closure` clears gradients, computes the loss, calls backward and returns the loss at y.

        Raises:
            ValueError: without a closure.
        """
        if closure is None:
            raise ValueError("expected a closure that computes loss and gradient, got None; pass step(closure)")
        before = self._move_ahead()
        with torch.enable_grad():
            loss = closure()
        for group in self.param_groups:
            t = group["t"]
            group["t"] = (1 + math.sqrt(1 + 4 * t * t)) / 2
            momentum = (t - 1) / group["t"]
            for parameter in group["params"]:
                self._update(parameter, before[parameter], group, momentum)
        return loss

    def penalty(self) -> Tensor:
        """Give the penalty of all penalized parameters, which the closure's loss does not contain."""
        terms = [
            self.proximal.penalty(parameter)
            for group in self.param_groups
            if group["penalized"]
            for parameter in group["params"]
        ]
        return torch.stack(terms).sum() if terms else torch.zeros(())

    def _move_ahead(self) -> dict[Tensor, Tensor]:
        """Move the parameters from x to y; return x."""
        before = {}
        for group in self.param_groups:
            for parameter in group["params"]:
                before[parameter] = parameter.clone()
                if self.state[parameter]:
                    parameter.copy_(self.state[parameter]["ahead"])
        return before

    def _update(self, parameter: Tensor, before: Tensor, group: dict[str, Any], momentum: float) -> None:
        if parameter.grad is None:
            parameter.copy_(before)
            return
        rate = float(group["lr"])
        parameter.add_(parameter.grad, alpha=-rate)
        if group["penalized"]:
            parameter.copy_(self.proximal.prox(parameter, rate))
        self.state[parameter]["ahead"] = parameter + momentum * (parameter - before)
