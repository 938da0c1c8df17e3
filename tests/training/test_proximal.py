"""Proximal operators are the argmin they claim; the accelerated method keeps its published bound at every step."""

from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor, nn

from motion_transfer.training.optimizers.operators import Absolute, Box, GroupLasso, Proximal
from motion_transfer.training.optimizers.proximal import AcceleratedProximalGradient


@pytest.mark.slow
@pytest.mark.parametrize("proximal", [Absolute(0.7), Box(-0.5, 0.8), GroupLasso(0.3, axis=0), GroupLasso(0.3, axis=1)])
def test_an_operator_gives_the_point_that_a_search_finds(proximal: Proximal) -> None:
    torch.manual_seed(0)
    values, step = torch.randn(3, 4, dtype=torch.float64), 0.6
    found = proximal.prox(values, step)

    def objective(x: np.ndarray) -> float:
        point = torch.from_numpy(x).view(3, 4)
        penalty = proximal.penalty(point).item() if not isinstance(proximal, Box) else 0.0
        return penalty + (point - values).square().sum().item() / (2 * step)

    bounds = [(proximal.low, proximal.high)] * 12 if isinstance(proximal, Box) else None
    method = "L-BFGS-B" if bounds else "Powell"
    search = minimize(objective, values.flatten().numpy(), method=method, bounds=bounds, tol=1e-12)
    assert proximal.penalty(found).isfinite()
    assert objective(found.flatten().numpy()) <= search.fun + 1e-9
    torch.testing.assert_close(found.flatten(), torch.from_numpy(search.x), rtol=0, atol=2e-4)


def test_group_lasso_kills_groups_as_a_whole_and_leaves_all_at_strength_zero() -> None:
    values = torch.tensor([[0.1, 0.1], [3.0, 4.0], [0.0, 0.0]])
    shrunk = GroupLasso(1.0, axis=0).prox(values, 1.0)
    assert torch.equal(shrunk[0], torch.zeros(2))
    torch.testing.assert_close(shrunk[1], values[1] * (1 - 2**0.5 / 5))
    assert torch.equal(GroupLasso(0.0, axis=0).prox(values, 1.0), values)


def test_a_box_says_infinity_outside() -> None:
    assert Box(0, 1).penalty(torch.tensor([0.5, 1.1])) == torch.inf
    assert Box(0, 1).penalty(torch.tensor([0.5, 1.0])) == 0


def lasso() -> tuple[Tensor, Tensor, float]:
    torch.manual_seed(1)
    inputs = torch.randn(40, 15, dtype=torch.float64) * torch.logspace(-1, 0.5, 15, dtype=torch.float64)
    truth = torch.zeros(15, dtype=torch.float64)
    truth[::4] = torch.tensor([2.0, -1.5, 3.0, 1.0], dtype=torch.float64)
    return inputs, inputs @ truth + 0.1 * torch.randn(40, dtype=torch.float64), 2.0


def coordinate_descent(inputs: Tensor, outputs: Tensor, strength: float) -> Tensor:
    """The LASSO one coefficient at a time, each exactly."""
    x, squares = torch.zeros(inputs.shape[1], dtype=torch.float64), inputs.square().sum(0)
    for _ in range(500):
        for j in range(len(x)):
            rest = inputs[:, j] @ (outputs - inputs @ x + inputs[:, j] * x[j])
            x[j] = rest.sign() * (rest.abs() - strength).clamp(min=0) / squares[j]
    return x


def closure(x: nn.Parameter, inputs: Tensor, outputs: Tensor) -> Tensor:
    x.grad = inputs.T @ (inputs @ x.detach() - outputs)
    return (inputs @ x.detach() - outputs).square().sum() / 2


@pytest.mark.slow
def test_the_objective_obeys_the_published_bound_at_every_step_and_ends_sparse() -> None:
    inputs, outputs, strength = lasso()
    best = coordinate_descent(inputs, outputs, strength)
    lipschitz = torch.linalg.matrix_norm(inputs, 2).item() ** 2
    x = nn.Parameter(torch.ones(15, dtype=torch.float64))
    start = x.detach().clone()
    optimizer = AcceleratedProximalGradient([x], lr=1 / lipschitz, proximal=Absolute(strength))

    def objective(point: Tensor) -> float:
        return ((inputs @ point - outputs).square().sum() / 2 + strength * point.abs().sum()).item()

    least = objective(best)
    for k in range(1, 1501):
        optimizer.step(partial(closure, x, inputs, outputs))
        bound = 2 * lipschitz * (start - best).square().sum().item() / (k + 1) ** 2
        assert objective(x.detach()) - least <= bound + 1e-9
    torch.testing.assert_close(x.detach(), best, rtol=0, atol=1e-4)
    assert torch.equal(x.detach() == 0, best == 0)
    assert optimizer.penalty().item() == pytest.approx(strength * best.abs().sum().item(), abs=1e-3)


def test_each_step_is_the_recurrence_of_the_paper() -> None:
    inputs, outputs, strength = lasso()
    lr = 0.5 / torch.linalg.matrix_norm(inputs, 2).item() ** 2
    x = nn.Parameter(torch.ones(15, dtype=torch.float64))
    optimizer = AcceleratedProximalGradient([x], lr=lr, proximal=Absolute(strength))
    before = y = torch.ones(15, dtype=torch.float64)
    t = 1.0
    for _ in range(50):
        optimizer.step(partial(closure, x, inputs, outputs))
        moved = y - lr * inputs.T @ (inputs @ y - outputs)
        now = moved.sign() * (moved.abs() - lr * strength).clamp(min=0)
        t_next = (1 + (1 + 4 * t**2) ** 0.5) / 2
        y = now + (t - 1) / t_next * (now - before)
        before, t = now, t_next
        torch.testing.assert_close(x.detach(), now, rtol=0, atol=1e-10)


def test_a_resumed_run_goes_on_bit_for_bit_and_biases_are_spared() -> None:
    inputs, outputs, _ = lasso()

    def run(x: nn.Parameter, optimizer: AcceleratedProximalGradient, steps: int) -> Tensor:
        for _ in range(steps):
            optimizer.step(partial(closure, x, inputs, outputs))
        return x.detach().clone()

    def make(x: nn.Parameter) -> AcceleratedProximalGradient:
        return AcceleratedProximalGradient([{"params": [x], "penalized": False}], lr=1e-3, proximal=Absolute(1e6))

    x = nn.Parameter(torch.ones(15, dtype=torch.float64))
    optimizer = make(x)
    again = nn.Parameter(run(x, optimizer, 10))
    resumed = make(again)
    resumed.load_state_dict(deepcopy(optimizer.state_dict()))
    whole = run(x, optimizer, 10)
    assert torch.equal(run(again, resumed, 10), whole)
    assert (whole != 0).all()


def test_wrong_settings_say_what_was_expected() -> None:
    x = nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="expected lr above 0, got 0"):
        AcceleratedProximalGradient([x], lr=0, proximal=Absolute(1))
    with pytest.raises(ValueError, match="expected a closure"):
        AcceleratedProximalGradient([x], lr=1, proximal=Absolute(1)).step()
    with pytest.raises(ValueError, match="expected strength of at least 0, got -1"):
        Absolute(-1)
    with pytest.raises(ValueError, match="expected low at most high"):
        Box(1, 0)
