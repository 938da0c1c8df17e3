"""The right initialization preserves a signal through 30 layers; loading reports what it copied."""

import pytest
import torch
from checked_shapes import unchecked
from torch import Tensor, nn
from torch.nn.utils import skip_init

from motion_transfer.training.initialization import initialize, load_matching
from motion_transfer.training.layers import make_activation

DEPTH, WIDTH, DRAWS = 30, 256, 10


def deep(activation: str) -> nn.Sequential:
    return nn.Sequential(
        *[layer for _ in range(DEPTH) for layer in (skip_init(nn.Linear, WIDTH, WIDTH), make_activation(activation))]
    )


def growth(scheme: str, *, activation: str, chosen_for: str) -> float:
    """Mean square of the last layer's output over that of the first layer's; geometric mean over ten draws, since one
    draw of this width wanders by a factor of about exp(sqrt(5 * 30 / 256)) = 2.1."""
    logarithms = []
    for seed in range(1 if scheme == "orthogonal" and activation == "none" else DRAWS):  # rotations are exact
        torch.manual_seed(seed)
        network = deep(activation)
        initialize(network, scheme=scheme, activation=chosen_for)
        with torch.no_grad():
            first = network[:2](torch.randn(32, WIDTH))
            last = network[2:](first)
        logarithms.append((last**2).mean().log() - (first**2).mean().log())
    return torch.stack(logarithms).mean().exp().item()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "activation"),
    [
        ("kaiming", "relu"),
        ("kaiming", "leaky_relu"),
        ("kaiming", "selu"),
        ("kaiming", "none"),
        ("xavier", "relu"),  # equal fans: Kaiming's variance
        ("xavier", "none"),
        ("orthogonal", "none"),
        ("orthogonal", "relu"),
    ],
)
def test_the_right_initialization_keeps_the_signals_size_over_30_layers(scheme: str, activation: str) -> None:
    assert 0.5 < growth(scheme, activation=activation, chosen_for=activation) < 2


@pytest.mark.slow
def test_the_mean_and_the_variance_stay_within_a_factor_of_two() -> None:
    ratios = []
    for seed in range(DRAWS):
        torch.manual_seed(seed)
        network = deep("relu")
        initialize(network, scheme="kaiming", activation="relu")
        with torch.no_grad():
            first = network[:2](torch.randn(32, WIDTH))
            last = network[2:](first)
        ratios.append(torch.stack([last.mean() / first.mean(), last.var() / first.var()]).log())
    mean_ratio, variance_ratio = torch.stack(ratios).mean(0).exp().tolist()
    assert 0.5 < mean_ratio < 2
    assert 0.5 < variance_ratio < 2


@pytest.mark.slow
def test_the_wrong_initialization_dies_or_explodes() -> None:
    assert growth("xavier", activation="relu", chosen_for="none") < 1e-6
    assert growth("normal", activation="relu", chosen_for="relu") < 1e-6
    assert growth("kaiming", activation="none", chosen_for="relu") > 1e6


def test_convolutions_and_normalizations_are_initialized_too() -> None:
    torch.manual_seed(2)
    network = nn.Sequential(nn.Conv2d(64, 32, 5), nn.BatchNorm2d(32), nn.ConvTranspose2d(32, 64, 4, 2, 1))
    for parameter in network.parameters():
        nn.init.constant_(parameter, 7)
    initialize(network, scheme="normal", activation="relu")
    for layer in (network[0], network[2]):
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.03)
        assert layer.bias.abs().max().item() == 0
    assert torch.equal(network[1].weight, torch.ones(32))
    initialize(network, scheme="kaiming", activation="relu")
    assert network[0].weight.std().item() == pytest.approx((2 / (64 * 25)) ** 0.5, rel=0.03)


def test_a_transposed_convolution_keeps_the_variance_too() -> None:
    torch.manual_seed(3)
    enlarge = nn.ConvTranspose2d(64, 64, 4, 2, 1)
    initialize(enlarge, scheme="kaiming", activation="none")
    with torch.no_grad():
        assert enlarge(torch.randn(8, 64, 16, 16)).var().item() == pytest.approx(1, rel=0.1)


def small() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))


def test_loading_the_first_layers_reports_the_rest() -> None:
    module, given = small(), dict(small().state_dict())
    given["2.weight"] = torch.zeros(2, 2)
    del given["1.bias"]
    before = module[1].weight.detach().clone()
    report = load_matching(module, given, prefixes=["0"])
    assert torch.equal(module[0].weight, given["0.weight"])
    assert torch.equal(module[1].weight, before)
    assert report.loaded == ("0.weight", "0.bias")
    assert report.missing == ("1.bias",)
    assert report.unused == ("2.weight",)
    assert report.left_out == ("1.weight",)
    assert str(report) == "2 tensors loaded, 1 missing, 1 unused, 1 left out"


def test_loading_all_makes_two_networks_equal() -> None:
    module, other = small(), small()
    assert not load_matching(module, other.state_dict()).missing
    x = torch.randn(5, 3)
    assert torch.equal(module(x), other(x))


@pytest.mark.parametrize(
    ("given", "prefixes"),
    [
        ({"0.weight": torch.zeros(4, 3), "1.weight": torch.zeros(5, 4)}, None),
        ({"elsewhere": torch.zeros(1)}, None),
        ({"0.weight": torch.zeros(4, 3)}, ["nowhere"]),
    ],
)
def test_weights_that_do_not_fit_change_nothing(given: dict[str, Tensor], prefixes: list[str] | None) -> None:
    module = small()
    before = [parameter.detach().clone() for parameter in module.parameters()]
    with pytest.raises(ValueError, match="expected"):
        load_matching(module, given, prefixes=prefixes)
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


def test_unknown_names_are_refused() -> None:
    with unchecked(), pytest.raises(ValueError, match="expected a scheme among"):
        initialize(small(), scheme="lecun", activation="relu")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="expected an activation"):
        initialize(small(), scheme="xavier", activation="swishy")
