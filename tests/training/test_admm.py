"""ADMM reaches the LASSO and the total-variation solution of independent solvers."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from checked_shapes import unchecked
from scipy.optimize import lsq_linear
from torch import Tensor, nn

from motion_transfer.training.optimizers.admm import StochasticADMM, smooth_by_total_variation
from motion_transfer.training.optimizers.splitting import Splitting, absolute_values, total_variation


def regression() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    inputs = torch.randn(400, 12, dtype=torch.float64)
    truth = torch.zeros(12, dtype=torch.float64)
    truth[::3] = torch.tensor([2.0, -1.5, 1.0, 0.5], dtype=torch.float64)
    return inputs, inputs @ truth + 0.05 * torch.randn(400, dtype=torch.float64)


def coordinate_descent(inputs: Tensor, outputs: Tensor, strength: float) -> Tensor:
    """The LASSO (mean squared error halved) one coefficient at a time, each exactly."""
    x, squares = torch.zeros(inputs.shape[1], dtype=torch.float64), inputs.square().mean(0)
    for _ in range(100):
        for j in range(len(x)):
            rest = (inputs[:, j] * (outputs - inputs @ x + inputs[:, j] * x[j])).mean()
            x[j] = rest.sign() * (rest.abs() - strength).clamp(min=0) / squares[j]
    return x


def exact_total_variation(path: Tensor, strength: float, order: int = 1) -> Tensor:
    """Through the dual, a least-squares problem in a box: x = path - D^T u with |u| <= strength."""
    differences = np.diff(np.eye(len(path)), order, axis=0)
    columns = [
        column - differences.T @ lsq_linear(differences.T, column, (-strength, strength), method="bvls").x
        for column in path.T.numpy()
    ]
    return torch.from_numpy(np.stack(columns, axis=1))


def test_with_exact_gradients_it_reaches_the_lasso_and_y_is_as_sparse() -> None:
    inputs, outputs = regression()
    best = coordinate_descent(inputs, outputs, 0.2)
    x = nn.Parameter(torch.zeros(12, dtype=torch.float64))
    optimizer = StochasticADMM([x], lr=0.5, lr_decay=0, penalty=1, averaging=0, splitting=absolute_values(0.2))
    for _ in range(200):
        x.grad = inputs.T @ (inputs @ x.detach() - outputs) / 400
        optimizer.step()
    torch.testing.assert_close(x.detach(), best, rtol=0, atol=1e-6)
    assert torch.equal(optimizer.state[x]["y"][:, 0] == 0, best == 0)


@pytest.mark.slow
def test_with_minibatch_gradients_its_average_reaches_the_lasso() -> None:
    inputs, outputs = regression()
    best = coordinate_descent(inputs, outputs, 0.02)

    def objective(point: Tensor) -> float:
        return ((inputs @ point - outputs).square().mean() / 2 + 0.02 * point.abs().sum()).item()

    x = nn.Parameter(torch.zeros(12, dtype=torch.float64))
    optimizer = StochasticADMM([x], lr=0.2, lr_decay=0.5, penalty=1, averaging=3, splitting=absolute_values(0.02))
    for order in (torch.randperm(400) for _ in range(150)):
        for batch in order.split(40):
            x.grad = inputs[batch].T @ (inputs[batch] @ x.detach() - outputs[batch]) / len(batch)
            optimizer.step()
    average = optimizer.state[x]["average"]
    assert objective(average) - objective(best) < 1e-3 * objective(best)
    torch.testing.assert_close(average, best, rtol=0, atol=1e-3)


@pytest.mark.slow
def test_it_reaches_the_total_variation_solution_in_every_column() -> None:
    torch.manual_seed(1)
    steps = torch.tensor([0.0, 2.0, 1.0, 1.5], dtype=torch.float64).repeat_interleave(15)
    path = torch.stack([steps, -2 * steps], dim=1) + 0.2 * torch.randn(60, 2, dtype=torch.float64)
    smooth = smooth_by_total_variation(path, strength=0.5, penalty=1.0, steps=600)
    torch.testing.assert_close(smooth, exact_total_variation(path, 0.5), rtol=0, atol=1e-3)
    assert (smooth - torch.stack([steps, -2 * steps], 1)).square().mean() < 0.5 * 0.2**2


@pytest.mark.slow
def test_of_order_two_it_reaches_the_piecewise_straight_solution() -> None:
    torch.manual_seed(1)
    velocity = torch.tensor([0.0, 0.02, -0.01], dtype=torch.float64).repeat_interleave(20)[:, None]
    path = velocity.cumsum(0) + 0.01 * torch.randn(60, 1, dtype=torch.float64)
    smooth = smooth_by_total_variation(path, strength=0.03, penalty=3.0, steps=600, order=2)
    torch.testing.assert_close(smooth, exact_total_variation(path, 0.03, 2), rtol=0, atol=1e-4)
    assert (smooth - velocity.cumsum(0)).square().mean() < 0.4 * 0.01**2


@pytest.mark.slow
def test_minibatch_total_variation_denoising_reaches_the_solution() -> None:
    """theta_1 averages over noisy copies of the path; each step sees some of them."""
    torch.manual_seed(2)
    truth = torch.tensor([0.0, 1.0, 0.5], dtype=torch.float64).repeat_interleave(10)[:, None]
    copies = truth + 0.1 * torch.randn(60, 30, 1, dtype=torch.float64)
    x = nn.Parameter(torch.zeros(30, 1, dtype=torch.float64))
    optimizer = StochasticADMM([x], lr=0.5, lr_decay=0.6, penalty=1, averaging=3, splitting=total_variation(30, 0.05))
    for order in (torch.randperm(60) for _ in range(400)):
        for batch in order.split(20):
            x.grad = x.detach() - copies[batch].mean(0)
            optimizer.step()
    best = exact_total_variation(copies.mean(0), 0.05)
    torch.testing.assert_close(optimizer.state[x]["average"], best, rtol=0, atol=1e-3)


@pytest.mark.slow
def test_a_general_constraint_is_met_at_the_closed_form_solution() -> None:
    """Quadratics on both sides: the multiplier follows from one linear system."""
    torch.manual_seed(3)
    a, b = torch.randn(4, 5, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    right, centre = torch.randn(4, dtype=torch.float64), torch.randn(5, dtype=torch.float64)

    def solve_y(row: Tensor, weight: float) -> Tensor:  # theta_2 = |y|^2 / 2
        return torch.linalg.solve(torch.eye(3, dtype=torch.float64) + weight * b.T @ b, -weight * b.T @ row)

    x = nn.Parameter(torch.zeros(5, dtype=torch.float64))
    splitting = Splitting(a=a, b=b, right=right, solve_y=solve_y)
    optimizer = StochasticADMM([x], lr=1.0, lr_decay=0, penalty=1, averaging=0, splitting=splitting)
    for _ in range(3000):
        x.grad = x.detach() - centre  # theta_1 = |x - centre|^2 / 2
        optimizer.step()
    dual = torch.linalg.solve(a @ a.T + b @ b.T, right - a @ centre)
    torch.testing.assert_close(x.detach(), centre + a.T @ dual, rtol=0, atol=1e-6)
    torch.testing.assert_close(optimizer.state[x]["y"][:, 0], b.T @ dual, rtol=0, atol=1e-6)
    torch.testing.assert_close(optimizer.state[x]["dual"][:, 0], dual, rtol=0, atol=1e-6)


def test_a_resumed_run_goes_on_bit_for_bit() -> None:
    inputs, outputs = regression()

    def make(start: Tensor) -> tuple[nn.Parameter, StochasticADMM]:
        x = nn.Parameter(start.clone())
        settings = {"lr": 0.5, "lr_decay": 0.5, "penalty": 1.0, "averaging": 1.0}
        return x, StochasticADMM([x], splitting=total_variation(12, 0.1), **settings)

    def run(x: nn.Parameter, optimizer: StochasticADMM) -> Tensor:
        for _ in range(20):
            x.grad = inputs.T @ (inputs @ x.detach() - outputs) / 400
            optimizer.step()
        return x.detach().clone()

    x, optimizer = make(torch.ones(12, dtype=torch.float64))
    again, resumed = make(run(x, optimizer))
    resumed.load_state_dict(deepcopy(optimizer.state_dict()))
    assert torch.equal(run(again, resumed), run(x, optimizer))


def test_wrong_settings_say_what_was_expected() -> None:
    x = nn.Parameter(torch.zeros(3))
    good = {"lr": 1.0, "lr_decay": 0.0, "penalty": 1.0, "averaging": 0.0}
    for name, wrong in {"lr": 0.0, "lr_decay": -1.0, "penalty": 0.0, "averaging": -1.0}.items():
        with pytest.raises(ValueError, match=rf"expected {name} .*got {wrong}; "):
            StochasticADMM([x], splitting=absolute_values(1), **{**good, name: wrong})
    with pytest.raises(ValueError, match="expected one tensor, got 2"):
        StochasticADMM([x, nn.Parameter(torch.zeros(3))], splitting=absolute_values(1), **good)
    with pytest.raises(ValueError, match="expected A of 3 columns, got 4"):
        StochasticADMM([x], splitting=total_variation(4, 1), **good)
    with pytest.raises(ValueError, match="expected at least 2 entries"):
        total_variation(1, 1)
    with pytest.raises(ValueError, match="expected an order of at least 1, got 0"):
        total_variation(4, 1, order=0)
    with unchecked(), pytest.raises(ValueError, match="expected A, B and b of as many rows"):
        Splitting(a=torch.zeros(2, 3), b=None, right=torch.zeros(3), solve_y=lambda target, weight: target)
