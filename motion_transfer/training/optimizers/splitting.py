"""Splittings for ADMM, `theta_1(x) + theta_2(y)` subject to `A x + B y = b`: L1 and total variation."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.training.optimizers.operators import Absolute, Proximal

SolveY = Callable[[Float[Tensor, "row column"], float], Float[Tensor, "y column"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """The constraint `A x + B y = b` and the solver for y.

    Attributes:
        a: A; None for the identity.
        b: B; None for minus the identity.
        right: b; None for zero.
        solve_y: gives `argmin_y theta_2(y) + w / 2 |B y + c|^2` for a row c and a weight w.
    """

    a: Float[Tensor, "a_row x"] | None
    b: Float[Tensor, "b_row y"] | None
    right: Float[Tensor, "right_row"] | None
    solve_y: SolveY

    def __post_init__(self) -> None:
        rows = {len(part) for part in (self.a, self.b, self.right) if part is not None}
        if len(rows) > 1:
            raise ValueError(f"expected A, B and b of as many rows, got {sorted(rows)}; correct the constraint")

    def a_times(self, x: Float[Tensor, "x column"]) -> Float[Tensor, "row column"]:
        return x if self.a is None else self.a.to(x) @ x

    def a_transposed_times(self, row: Float[Tensor, "row column"]) -> Float[Tensor, "x column"]:
        return row if self.a is None else self.a.to(row).T @ row

    def subtract_rest(
        self, row: Float[Tensor, "row column"], y: Float[Tensor, "y column"], factor: float
    ) -> Float[Tensor, "row column"]:
        """Subtract `factor (B y - b)` from a row, in place, because on large networks every pass over memory counts."""
        row = row.add_(y, alpha=factor) if self.b is None else row.addmm_(self.b.to(y), y, alpha=-factor)
        return row if self.right is None else row.add_(self.right.to(row)[:, None], alpha=factor)


def penalty_of(proximal: Proximal, a: Float[Tensor, "row x"] | None) -> Splitting:
    """Give `theta_2(A x)` as a splitting, `A x - y = 0`."""

    def solve_y(row: Float[Tensor, "row column"], weight: float) -> Float[Tensor, "row column"]:
        return proximal.prox(row, 1 / weight)

    return Splitting(a=a, b=None, right=None, solve_y=solve_y)


def absolute_values(strength: float) -> Splitting:
    """Give `strength * |x|_1`, the LASSO penalty."""
    return penalty_of(Absolute(strength), None)


def total_variation(length: int, strength: float, *, order: int = 1) -> Splitting:
    """Give `strength * sum_i |(D^order x)_i|` with D the forward difference, for vectors of `length`.

    Order 1 favours piecewise constant vectors (Rudin et al. 1992), order 2, the total variation of the differences,
    piecewise linear ones (trend filtering; Kim et al. 2009).

    Raises:
        ValueError: for an order below 1 or fewer than `order + 1` entries.
    """
    if order < 1:
        raise ValueError(f"expected an order of at least 1, got {order}; 1 is plain total variation")
    if length <= order:
        raise ValueError(f"expected at least {order + 1} entries to take differences of, got {length}; pass more")
    rows = torch.eye(length, dtype=torch.float64)
    for _ in range(order):
        rows = rows[1:] - rows[:-1]
    return penalty_of(Absolute(strength), rows)
