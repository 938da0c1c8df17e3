"""Every optimizer, torch's and ours, takes the steps of its textbook recurrence on an ill-conditioned quadratic."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RMSprop

from motion_transfer.training.optimizers.groups import decay_groups
from motion_transfer.training.optimizers.layout import match_layouts
from motion_transfer.training.optimizers.rmsprop_nesterov import RMSpropNesterov

STEPS = 50
CURVATURES = torch.logspace(-2, 2, 6, dtype=torch.float64)  # condition number 10^4
CENTRE = torch.linspace(-1, 2, 6, dtype=torch.float64)
START = torch.tensor([3.0, -2.0, 1.0, 0.5, -1.0, 1.0], dtype=torch.float64)
Gradient = Callable[[Tensor], Tensor]
Recurrence = Callable[[Gradient], Iterator[Tensor]]


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    """torch keeps scalars such as NAdam's product of momenta in the default type."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def gradient(x: Tensor) -> Tensor:
    return CURVATURES * (x - CENTRE)


def gradient_descent(grad: Gradient, *, eps: float) -> Iterator[Tensor]:
    x = START
    while True:
        x = x - eps * grad(x)
        yield x


def momentum(grad: Gradient, *, eps: float, alpha: float) -> Iterator[Tensor]:
    x, v = START, torch.zeros_like(START)
    while True:
        v = alpha * v - eps * grad(x)
        x = x + v
        yield x


def nesterov(grad: Gradient, *, eps: float, alpha: float) -> Iterator[Tensor]:
    """Gives the point ahead, where torch keeps its parameters."""
    x, v = START, torch.zeros_like(START)
    while True:
        v = alpha * v - eps * grad(x + alpha * v)
        x = x + v
        yield x + alpha * v


def adagrad(grad: Gradient, *, eps: float, delta: float) -> Iterator[Tensor]:
    x, r = START, torch.zeros_like(START)
    while True:
        g = grad(x)
        r = r + g * g
        x = x - eps * g / (delta + r.sqrt())
        yield x


def adadelta(grad: Gradient, *, rho: float, delta: float) -> Iterator[Tensor]:
    """Zeiler 2012, algorithm 1."""
    x, squares, updates = START, torch.zeros_like(START), torch.zeros_like(START)
    while True:
        g = grad(x)
        squares = rho * squares + (1 - rho) * g * g
        update = -(updates + delta).sqrt() / (squares + delta).sqrt() * g
        updates = rho * updates + (1 - rho) * update * update
        x = x + update
        yield x


def rmsprop(grad: Gradient, *, eps: float, rho: float, delta: float, inside: bool) -> Iterator[Tensor]:
    x, r = START, torch.zeros_like(START)
    while True:
        g = grad(x)
        r = rho * r + (1 - rho) * g * g
        x = x - eps * g / ((delta + r).sqrt() if inside else r.sqrt() + delta)
        yield x


def rmsprop_nesterov(grad: Gradient, *, eps: float, rho: float, alpha: float, delta: float) -> Iterator[Tensor]:
    x, r, v = START, torch.zeros_like(START), torch.zeros_like(START)
    while True:
        g = grad(x + alpha * v)
        r = rho * r + (1 - rho) * g * g
        v = alpha * v - eps * g / (delta + r).sqrt()
        x = x + v
        yield x + alpha * v


def adam(grad: Gradient, *, eps: float, delta: float, decay: float = 0.0) -> Iterator[Tensor]:
    x, s, r, t = START, torch.zeros_like(START), torch.zeros_like(START), 0
    while True:
        t += 1
        g = grad(x)
        s = 0.9 * s + 0.1 * g
        r = 0.999 * r + 0.001 * g * g
        x = x - eps * decay * x
        x = x - eps * (s / (1 - 0.9**t)) / ((r / (1 - 0.999**t)).sqrt() + delta)
        yield x


def adamax(grad: Gradient, *, eps: float, delta: float) -> Iterator[Tensor]:
    """Kingma and Ba 2015, algorithm 2; torch adds delta to the gradient's size before the maximum."""
    x, s, u, t = START, torch.zeros_like(START), torch.zeros_like(START), 0
    while True:
        t += 1
        g = grad(x)
        s = 0.9 * s + 0.1 * g
        u = torch.maximum(0.999 * u, g.abs() + delta)
        x = x - eps / (1 - 0.9**t) * s / u
        yield x


def nadam(grad: Gradient, *, eps: float, delta: float) -> Iterator[Tensor]:
    """Dozat 2016, algorithm 2 with its warming momentum schedule mu_t = beta1 (1 - 0.5 * 0.96^(0.004 t))."""
    x, s, r, t, product = START, torch.zeros_like(START), torch.zeros_like(START), 0, 1.0
    while True:
        t += 1
        g = grad(x)
        now, following = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * step)) for step in (t, t + 1))
        product *= now
        s = 0.9 * s + 0.1 * g
        r = 0.999 * r + 0.001 * g * g
        ahead = following * s / (1 - product * following) + (1 - now) * g / (1 - product)
        x = x - eps * ahead / ((r / (1 - 0.999**t)).sqrt() + delta)
        yield x


CASES: dict[str, tuple[Callable[[list[Tensor]], Optimizer], Recurrence]] = {
    "gradient descent": (partial(SGD, lr=0.01), partial(gradient_descent, eps=0.01)),
    **{
        f"momentum {alpha}": (partial(SGD, lr=0.005, momentum=alpha), partial(momentum, eps=0.005, alpha=alpha))
        for alpha in (0.5, 0.9, 0.99)
    },
    "nesterov": (partial(SGD, lr=0.005, momentum=0.9, nesterov=True), partial(nesterov, eps=0.005, alpha=0.9)),
    "adagrad": (partial(Adagrad, lr=0.1, eps=1e-7), partial(adagrad, eps=0.1, delta=1e-7)),
    "adadelta": (partial(Adadelta, lr=1.0, rho=0.95, eps=1e-6), partial(adadelta, rho=0.95, delta=1e-6)),
    "rmsprop": (
        partial(RMSprop, lr=0.01, alpha=0.9, eps=1e-6),
        partial(rmsprop, eps=0.01, rho=0.9, delta=1e-6, inside=False),
    ),
    "rmsprop nesterov": (
        partial(RMSpropNesterov, lr=0.01, decay=0.9, momentum=0.9, delta=1e-6),
        partial(rmsprop_nesterov, eps=0.01, rho=0.9, alpha=0.9, delta=1e-6),
    ),
    "adam": (partial(Adam, lr=0.1, eps=1e-8), partial(adam, eps=0.1, delta=1e-8)),
    "adamw": (partial(AdamW, lr=0.1, weight_decay=0.05), partial(adam, eps=0.1, delta=1e-8, decay=0.05)),
    "adamax": (partial(Adamax, lr=0.1, eps=1e-8), partial(adamax, eps=0.1, delta=1e-8)),
    "nadam": (partial(NAdam, lr=0.1, eps=1e-8), partial(nadam, eps=0.1, delta=1e-8)),
}


def steps(optimizer: Optimizer, x: Tensor, count: int) -> Iterator[Tensor]:
    for _ in range(count):
        x.grad = gradient(x.detach())
        optimizer.step()
        yield x.detach().clone()


@pytest.mark.parametrize("name", CASES)
def test_an_optimizer_takes_its_textbook_steps(name: str) -> None:
    make, recurrence = CASES[name]
    x = nn.Parameter(START.clone())
    for taken, expected in zip(steps(make([x]), x, STEPS), recurrence(gradient), strict=False):
        torch.testing.assert_close(taken, expected, rtol=0, atol=1e-10)


def test_torchs_rmsprop_differs_from_the_book_where_the_gradient_is_small_against_delta() -> None:
    """The book's delta stands inside the root, torch's outside: alike where r >> delta, apart where r << delta."""
    inside = rmsprop(gradient, eps=0.01, rho=0.9, delta=1e-2, inside=True)
    outside = rmsprop(gradient, eps=0.01, rho=0.9, delta=1e-2, inside=False)
    first_inside, first_outside = next(inside), next(outside)
    moved_inside, moved_outside = (first_inside - START).abs(), (first_outside - START).abs()
    assert moved_inside[0] < 0.7 * moved_outside[0]
    torch.testing.assert_close(moved_inside[-1], moved_outside[-1], rtol=1e-3, atol=0)


@pytest.mark.parametrize("name", CASES)
def test_a_resumed_optimizer_goes_on_bit_for_bit(name: str) -> None:
    make, _ = CASES[name]
    x = nn.Parameter(START.clone())
    optimizer = make([x])
    *_, middle = steps(optimizer, x, 20)
    state = deepcopy(optimizer.state_dict())
    *_, whole = steps(optimizer, x, 20)
    again = nn.Parameter(middle.clone())
    resumed = make([again])
    resumed.load_state_dict(state)
    *_, end = steps(resumed, again, 20)
    assert torch.equal(end, whole)


def test_decay_spares_biases_normalization_and_slopes() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.PReLU(), nn.Flatten(), nn.Linear(4, 2))
    decaying, spared = decay_groups(network, weight_decay=0.1)
    weights = {id(network.get_parameter("0.weight")), id(network.get_parameter("4.weight"))}
    assert {id(parameter) for parameter in decaying["params"]} == weights
    assert len(decaying["params"]) + len(spared["params"]) == len(list(network.parameters()))
    assert decaying["weight_decay"] == 0.1
    assert spared["weight_decay"] == 0


def test_groups_decay_apart_under_our_optimizer() -> None:
    layer = nn.Linear(2, 2)
    optimizer = RMSpropNesterov(decay_groups(layer, weight_decay=0.5), lr=0.1, decay=0.9, momentum=0.9, delta=1e-6)
    before = [parameter.detach().clone() for parameter in layer.parameters()]
    for parameter in layer.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    torch.testing.assert_close(layer.weight.detach(), before[0] * 0.95)
    assert torch.equal(layer.bias, before[1])


@pytest.mark.parametrize(
    ("setting", "wrong"), [("lr", -0.1), ("decay", 1.0), ("momentum", 1.0), ("delta", 0.0), ("weight_decay", -1.0)]
)
def test_a_wrong_setting_says_what_was_expected(setting: str, wrong: float) -> None:
    settings: dict[str, Any] = {"lr": 0.1, "decay": 0.9, "momentum": 0.9, "delta": 1e-6, setting: wrong}
    with pytest.raises(ValueError, match=rf"expected {setting} .*got {wrong}; "):
        RMSpropNesterov([nn.Parameter(START.clone())], **settings)


def test_a_module_with_nothing_to_decay_or_train_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a weight decay of at least 0"):
        decay_groups(nn.Linear(1, 1), weight_decay=-1)
    with pytest.raises(ValueError, match="expected a module with parameters to train"):
        decay_groups(nn.ReLU(), weight_decay=0)


@pytest.mark.parametrize("fused", [False, True])
def test_a_resumed_optimizer_of_channel_by_channel_kernels_goes_on_bit_for_bit(fused: bool) -> None:
    """What was remembered comes back in rows, as from a file, and a fused optimizer does not look at strides."""

    def stepped(weight: nn.Parameter, optimizer: Optimizer, first: int) -> None:
        for step in range(first, first + 3):
            weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(step)).contiguous(
                memory_format=torch.channels_last
            )
            optimizer.step()

    def kernel(values: Tensor) -> nn.Parameter:
        return nn.Parameter(values.clone().contiguous(memory_format=torch.channels_last))

    whole = kernel(torch.linspace(-1, 1, 4 * 3 * 9).view(4, 3, 3, 3))
    optimizer = Adam([whole], lr=0.01, fused=fused)
    stepped(whole, optimizer, 0)
    again, state = kernel(whole.detach()), deepcopy(optimizer.state_dict())
    for name in ("exp_avg", "exp_avg_sq"):
        state["state"][0][name] = state["state"][0][name].contiguous()
    resumed = Adam([again], lr=0.01, fused=fused)
    resumed.load_state_dict(state)
    match_layouts(resumed)
    stepped(whole, optimizer, 3)
    stepped(again, resumed, 3)
    assert torch.equal(again, whole)
