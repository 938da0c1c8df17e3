"""Regularizers are what their papers define, and weight decay's two forms agree only where they should."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from motion_transfer.training.normalization import bound_singular_values, normalize_weights
from motion_transfer.training.regularization import (
    absolute_norm,
    add_gradient_noise,
    orthogonal_penalty,
    r1_penalty,
    shrink,
    smooth_labels,
    squared_norm,
)

TARGET = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
RATE, FACTOR = 0.1, 0.98


def run(make: Callable[[list[Tensor]], torch.optim.Optimizer], *, multiplicative: bool) -> Tensor:
    x = nn.Parameter(torch.ones(3, dtype=torch.float64))
    optimizer = make([x])
    for _ in range(30):
        optimizer.zero_grad()
        loss = (x - TARGET).square().sum()
        if not multiplicative:
            loss = loss + (1 - FACTOR) / RATE * squared_norm([x])
        loss.backward()
        if multiplicative:
            shrink([x], factor=FACTOR)
        optimizer.step()
    return x.detach()


def test_multiplicative_decay_equals_the_squared_norm_for_sgd_and_not_for_adam() -> None:
    sgd = [run(lambda x: torch.optim.SGD(x, lr=RATE), multiplicative=form) for form in (True, False)]
    adam = [run(lambda x: torch.optim.Adam(x, lr=RATE), multiplicative=form) for form in (True, False)]
    torch.testing.assert_close(sgd[0], sgd[1], rtol=0, atol=1e-12)
    assert (adam[0] - adam[1]).abs().max() > 0.01


def test_multiplicative_decay_under_adam_is_adamw() -> None:
    ours = run(lambda x: torch.optim.Adam(x, lr=RATE), multiplicative=True)
    x = nn.Parameter(torch.ones(3, dtype=torch.float64))
    theirs = torch.optim.AdamW([x], lr=RATE, weight_decay=(1 - FACTOR) / RATE)
    for _ in range(30):
        theirs.zero_grad()
        (x - TARGET).square().sum().backward()
        theirs.step()
    torch.testing.assert_close(ours, x.detach(), rtol=0, atol=1e-12)


def test_norms_are_sums_over_all_weights() -> None:
    weights = [torch.tensor([3.0, -4.0]), torch.tensor([[-1.0]])]
    assert squared_norm(weights) == 13
    assert absolute_norm(weights) == 8


def test_the_orthogonal_penalty_is_zero_for_orthogonal_layers_of_either_shape() -> None:
    network = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Linear(9, 5))
    for layer in (network.get_submodule("0"), network.get_submodule("1")):
        nn.init.orthogonal_(layer.get_parameter("weight"))
    assert orthogonal_penalty(network).item() < 1e-10
    wide = nn.Linear(2, 3, bias=False)
    wide.weight.data = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert orthogonal_penalty(wide).item() == pytest.approx(3**2 + 1)


def test_gradient_noise_has_the_annealed_variance() -> None:
    x = nn.Parameter(torch.zeros(200_000))
    for step in (0, 99):
        x.grad = torch.ones_like(x)
        add_gradient_noise([x, torch.zeros(1)], step=step, strength=0.3, generator=torch.Generator().manual_seed(0))
        assert x.grad.mean().item() == pytest.approx(1, abs=0.01)
        assert x.grad.var().item() == pytest.approx(0.3 / (1 + step) ** 0.55, rel=0.02)


def test_r1_is_half_the_mean_squared_slope_and_has_a_gradient() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    real = torch.randn(5, 2, requires_grad=True)
    penalty = r1_penalty(real @ weight, real)
    assert penalty.item() == pytest.approx(12.5)
    penalty.backward()
    torch.testing.assert_close(weight.grad, weight.detach())
    with pytest.raises(ValueError, match="expected real samples that require gradients"):
        r1_penalty(torch.zeros(1), torch.zeros(1))


def test_only_the_ones_are_smoothed() -> None:
    assert smooth_labels(torch.tensor([0.0, 1.0]), amount=0.1).tolist() == pytest.approx([0, 0.9])


def test_torchs_clipping_is_the_books() -> None:
    x = nn.Parameter(torch.zeros(2))
    x.grad = torch.tensor([3.0, -4.0])
    clip_grad_norm_([x], 1.0)
    torch.testing.assert_close(x.grad, torch.tensor([0.6, -0.8]), rtol=1e-5, atol=0)
    x.grad = torch.tensor([3.0, -0.5])
    clip_grad_value_([x], 1.0)
    assert x.grad.tolist() == [1.0, -0.5]


def test_weight_norm_and_spectral_norm_are_as_published() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3).double()
    normalize_weights(layer, "weight")
    magnitude, direction = (getattr(layer.parametrizations.weight, f"original{i}") for i in (0, 1))
    with torch.no_grad():
        magnitude.copy_(torch.arange(1.0, 5.0)[:, None, None, None])
    expected = magnitude * direction / direction.flatten(1).norm(dim=1)[:, None, None, None]
    torch.testing.assert_close(layer.weight, expected)
    spectral = nn.Linear(6, 4).double()
    weight = spectral.weight.detach().clone()
    normalize_weights(spectral, "spectral")
    for _ in range(200):  # a power iteration each
        spectral(torch.zeros(1, 6, dtype=torch.float64))
    torch.testing.assert_close(spectral.eval().weight, weight / torch.linalg.matrix_norm(weight, 2))


def test_singular_values_are_bounded_and_those_inside_are_left() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(6, 4), nn.Conv2d(2, 3, 3)).double()
    first = network.get_parameter("0.weight")
    left, _, right = torch.linalg.svd(first.detach(), full_matrices=False)
    first.data = (left * torch.tensor([3.0, 1.1, 1.0, 0.2], dtype=torch.float64)) @ right
    bound_singular_values(network, margin=0.25)
    assert torch.linalg.svdvals(first).tolist() == pytest.approx([1.25, 1.1, 1.0, 0.8])
    values = torch.linalg.svdvals(network.get_parameter("1.weight").flatten(1))
    assert ((values > 0.8 - 1e-9) & (values < 1.25 + 1e-9)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: shrink([], factor=1.5),
        lambda: orthogonal_penalty(nn.ReLU()),
        lambda: add_gradient_noise([], step=-1, strength=math.pi),
        lambda: smooth_labels(torch.ones(1), amount=0.7),
        lambda: normalize_weights(nn.ReLU(), "batch"),
        lambda: bound_singular_values(nn.ReLU(), margin=-1),
    ],
)
def test_a_wrong_setting_says_what_was_expected(wrong: Callable[[], None]) -> None:
    with pytest.raises(ValueError, match=r"expected .*got .*; "):
        wrong()
