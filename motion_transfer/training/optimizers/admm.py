"""Stochastic alternating direction method of multipliers (Ouyang et al., ICML 2013, algorithm 1)."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim import Optimizer

from motion_transfer.training.optimizers.settings import check_not_negative, check_positive
from motion_transfer.training.optimizers.splitting import Splitting, total_variation


class StochasticADMM(Optimizer):
    """Minimize `E theta_1(x, xi) + theta_2(y)` subject to `A x + B y = b`; the loss gives the gradient g of theta_1.

    With eta the step size and beta the weight of the constraint:
    `x = argmin <g, x> + beta/2 |A x + B y - b - dual/beta|^2 + |x - x_k|^2 / (2 eta)`,
    `y = argmin theta_2(y) + beta/2 |A x + B y - b - dual/beta|^2`, `dual = dual - beta (A x + B y - b)`.

    The state of the parameter holds `y`, the exactly sparse (or piecewise constant) copy of x, and `average`, the
    average of all x, for which the paper proves its bound under noisy gradients.

    Args:
        params: one tensor; A and B act on its first axis, for every column of the others separately.
        lr: eta of the first step; at most 1 / L for a gradient that is L-Lipschitz.
        lr_decay: eta of step k is `lr / k ** lr_decay`; 0.5 for noisy gradients, 0 for exact ones.
        penalty: beta.
        averaging: 0 weights all steps alike, larger values favour late ones (Shamir and Zhang 2013).
        splitting: A, B, b and theta_2.

    Raises:
        ValueError: for a setting out of its range, more than one tensor, or A of another width than the tensor.
    """

    def __init__(
        self,
        params: Any,
        *,
        lr: float,
        lr_decay: float,
        penalty: float,
        averaging: float,
        splitting: Splitting,
    ) -> None:
        check_positive("lr", lr)
        check_positive("penalty", penalty)
        check_not_negative("lr_decay", lr_decay)
        check_not_negative("averaging", averaging)
        self.splitting = splitting
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "penalty": penalty, "averaging": averaging})
        tensors = [parameter for group in self.param_groups for parameter in group["params"]]
        if len(tensors) != 1:
            raise ValueError(f"expected one tensor, got {len(tensors)}; make one optimizer per tensor")
        if splitting.a is not None and splitting.a.shape[1] != len(tensors[0]):
            raise ValueError(
                f"expected A of {len(tensors[0])} columns, got {splitting.a.shape[1]}; it acts on the first axis"
            )
        self._eigen: list[Tensor] = []

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take a step; `closure` clears gradients, computes the loss, calls backward and returns the loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        group = self.param_groups[0]
        parameter: Tensor = group["params"][0]
        if parameter.grad is not None:
            self._update(parameter, parameter.grad, group)
        return loss

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        columns = (len(parameter), -1)
        x, g = parameter.reshape(columns), gradient.reshape(columns)
        state, split, beta = self.state[parameter], self.splitting, float(group["penalty"])
        if not state:
            row = split.a_times(x)
            state["step"] = 0
            state["dual"] = torch.zeros_like(row)
            state["y"] = split.solve_y(self._target_of_y(row, state["dual"], beta), beta)
            state["average"] = parameter.clone()
        state["step"] += 1
        eta = float(group["lr"]) / state["step"] ** group["lr_decay"]
        pull = split.subtract_rest(state["dual"].clone(), state["y"], beta)
        x = self._solve_x(split.a_transposed_times(pull).add_(x, alpha=1 / eta).sub_(g), eta, beta)
        row = split.a_times(x)
        state["y"] = split.solve_y(self._target_of_y(row, state["dual"], beta), beta)
        state["dual"] = split.subtract_rest(state["dual"].sub_(row, alpha=beta), state["y"], beta)
        parameter.copy_(x.view_as(parameter))
        weight = (group["averaging"] + 1) / (state["step"] + group["averaging"])
        state["average"].lerp_(parameter, weight)

    def _target_of_y(self, row: Tensor, dual: Tensor, beta: float) -> Tensor:
        """Give `A x - b - dual / beta`, which `B y` should cancel."""
        target = torch.sub(row, dual, alpha=1 / beta)
        return target if self.splitting.right is None else target.sub_(self.splitting.right.to(row)[:, None])

    def _solve_x(self, right: Float[Tensor, "x column"], eta: float, beta: float) -> Float[Tensor, "x column"]:
        """Solve `(I / eta + beta A^T A) x = right`; the eigenvectors are the same for every eta."""
        if self.splitting.a is None:
            return right.div_(1 / eta + beta)
        if not self._eigen:
            a = self.splitting.a.to(right)
            self._eigen = list(torch.linalg.eigh(a.T @ a))
        values, vectors = self._eigen
        return vectors @ ((vectors.T @ right) / (1 / eta + beta * values)[:, None])


def smooth_by_total_variation(
    path: Float[Tensor, "frame channel"], *, strength: float, penalty: float, steps: int, order: int = 1
) -> Float[Tensor, "frame channel"]:
    """Give `argmin_x |x - path|^2 / 2 + strength * sum |D^order x|` per channel, which removes jitter and keeps jumps.

    Args:
        path: e.g. the pelvis over frames.
        strength: in the path's units.
        penalty: ADMM's beta; about 1 converges fast for order 1, about the strength for order 2.
        steps: of ADMM; a few hundred reach a thousandth of the strength.
        order: 1 for a piecewise constant path, 2 for a piecewise linear one.

    Raises:
        ValueError: for fewer than `order + 1` frames or a setting out of its range.
    """
    x = torch.nn.Parameter(path.clone())
    splitting = total_variation(len(path), strength, order=order)
    optimizer = StochasticADMM([x], lr=1.0, lr_decay=0.0, penalty=penalty, averaging=0.0, splitting=splitting)
    for _ in range(steps):
        x.grad = x.detach() - path
        optimizer.step()
    return x.detach()
