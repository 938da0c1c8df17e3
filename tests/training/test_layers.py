"""Layers by name follow their papers."""

import math

import pytest
import torch
from torch import nn

from motion_transfer.training.layers import ACTIVATIONS, make_activation, make_dropout, make_norm, to_channels_last


@pytest.mark.parametrize(
    ("name", "axes"),
    [("batch", (0, 2, 3)), ("synchronized_batch", (0, 2, 3)), ("instance", (2, 3)), ("layer", (1, 2, 3))],
)
def test_each_norm_takes_its_statistics_over_its_own_axes(name: str, axes: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    images = 3 + 2 * torch.randn(4, 6, 5, 7, dtype=torch.float64)
    mean = images.mean(axes, keepdim=True)
    variance = images.var(axes, unbiased=False, keepdim=True)
    expected = (images - mean) / (variance + 1e-5).sqrt()
    torch.testing.assert_close(make_norm(name, 6).double()(images), expected)


def test_instance_norm_of_one_picture_is_torchs_and_keeps_its_layout() -> None:
    torch.manual_seed(0)
    norm, reference = make_norm("instance", 6), nn.InstanceNorm2d(6, affine=True)
    with torch.no_grad():
        norm.weight.copy_(torch.randn(6))  # pyright: ignore[reportCallIssue, reportArgumentType]
        norm.bias.copy_(torch.randn(6))  # pyright: ignore[reportCallIssue, reportArgumentType]
    reference.load_state_dict(norm.state_dict())
    for training in (True, False):
        picture = torch.randn(1, 6, 5, 7, requires_grad=True)
        normed = norm.train(training)(picture.contiguous(memory_format=torch.channels_last))
        assert normed.is_contiguous(memory_format=torch.channels_last)
        expected = reference.train(training)(picture)
        torch.testing.assert_close(normed, expected)
        upstream = torch.randn_like(expected)
        (slope,) = torch.autograd.grad((normed * upstream).sum(), picture)
        torch.testing.assert_close(slope, torch.autograd.grad((expected * upstream).sum(), picture)[0])


def test_networks_laid_channels_last_hand_their_layout_on_and_compute_the_same() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), make_norm("instance", 8), make_activation("relu"), nn.Conv2d(8, 4, 1))
    pictures = torch.randn(1, 3, 12, 9)
    before = network(pictures)
    to_channels_last(network)
    after = network(pictures)
    assert not before.is_contiguous(memory_format=torch.channels_last)
    assert after.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(after, before)


def test_group_norm_splits_any_number_of_channels_evenly() -> None:
    for channels in (1, 7, 48, 64, 100):
        norm = make_norm("group", channels)
        assert isinstance(norm, nn.GroupNorm)
        assert channels % norm.num_groups == 0
        assert norm.num_groups <= 32


def test_batch_norm_has_the_published_running_statistics_and_gradients() -> None:
    torch.manual_seed(1)
    norm = make_norm("batch", 3, dimensions=0).double()
    assert isinstance(norm, nn.BatchNorm1d)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([0.5, 2.0, -1.0]))
    x = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(8, 3, dtype=torch.float64)
    norm(x).backward(upstream)
    with torch.no_grad():  # Ioffe and Szegedy 2015, section 3
        count = len(x)
        mean, variance = x.mean(0), x.var(0, unbiased=False)
        deviation = (variance + norm.eps).sqrt()
        normalized = (x - mean) / deviation
        d_normalized = upstream * norm.weight
        d_variance = (d_normalized * (x - mean)).sum(0) * -0.5 * deviation**-3
        d_mean = -(d_normalized / deviation).sum(0) + d_variance * (-2 * (x - mean)).mean(0)
        d_x = d_normalized / deviation + d_variance * 2 * (x - mean) / count + d_mean / count
        assert x.grad is not None
        torch.testing.assert_close(x.grad, d_x, rtol=0, atol=1e-12)
        torch.testing.assert_close(norm.weight.grad, (upstream * normalized).sum(0))
        torch.testing.assert_close(norm.bias.grad, upstream.sum(0))
        assert norm.running_mean is not None
        assert norm.running_var is not None
        torch.testing.assert_close(norm.running_mean, 0.1 * mean)
        torch.testing.assert_close(norm.running_var, 0.9 + 0.1 * x.var(0, unbiased=True))
        expected = (x - norm.running_mean) / (norm.running_var + norm.eps).sqrt() * norm.weight
        torch.testing.assert_close(norm.eval()(x), expected)


def test_every_activation_is_its_formula() -> None:
    x = torch.linspace(-8, 8, 101, dtype=torch.float64)
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    formulas = {
        "none": x,
        "sigmoid": 1 / (1 + (-x).exp()),
        "tanh": (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
        "softplus": (1 + x.exp()).log(),
        "relu": x.clamp(min=0),
        "leaky_relu": torch.where(x > 0, x, 0.2 * x),
        "prelu": torch.where(x > 0, x, 0.25 * x),
        "elu": torch.where(x > 0, x, x.exp() - 1),
        "relu6": x.clamp(0, 6),
        "selu": scale * torch.where(x > 0, x, alpha * (x.exp() - 1)),
        "gelu": x * 0.5 * (1 + torch.erf(x / math.sqrt(2))),
    }
    assert set(formulas) == set(ACTIVATIONS)
    for name, expected in formulas.items():
        torch.testing.assert_close(make_activation(name).double()(x), expected, msg=name)


@pytest.mark.parametrize("kind", ["element", "channel", "alpha"])
def test_dropout_keeps_the_mean_in_training_and_does_nothing_after(kind: str) -> None:
    torch.manual_seed(2)
    dropout = make_dropout(kind, 0.3)
    x = torch.randn(200, 50, 4, 4) + (0.0 if kind == "alpha" else 1.0)
    assert dropout(x).mean().item() == pytest.approx(x.mean().item(), abs=0.02)
    assert torch.equal(dropout.eval()(x), x)


def test_channel_dropout_drops_whole_maps_and_alpha_dropout_keeps_the_variance() -> None:
    torch.manual_seed(3)
    dropped = make_dropout("channel", 0.5)(torch.ones(100, 8, 3, 3))
    assert set(dropped.amax((2, 3)).unique().tolist()) == {0.0, 2.0}
    assert torch.equal(dropped.amax((2, 3)), dropped.amin((2, 3)))
    assert make_dropout("alpha", 0.2)(torch.randn(200_000)).var().item() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_norm("bach", 4),
        lambda: make_norm("batch", 0),
        lambda: make_norm("instance", 4, dimensions=0),
        lambda: make_norm("batch", 4, dimensions=4),
        lambda: make_activation("swishy"),
        lambda: make_dropout("element", 1.0),
        lambda: make_dropout("pixel", 0.1),
        lambda: make_dropout("channel", 0.1, dimensions=0),
    ],
)
def test_a_wrong_setting_says_what_was_expected(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"expected .*got .*; "):
        make()
