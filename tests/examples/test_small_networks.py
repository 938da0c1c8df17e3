"""Measurements of small networks agree with what can be worked out by hand."""

import pytest
import torch
from checked_shapes import unchecked
from torch import nn
from torch.nn import functional

from published_effects.linear_regions import breakpoints, count_pieces, folding_network
from published_effects.mutual_information import information_plane, information_point
from published_effects.noise_robustness import noise_robustness
from published_effects.one_layer import train_one_layer
from published_effects.random_labels import randomize_labels
from published_effects.spirals import accuracy, fit, perceptron, spirals


def seed(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
def test_the_folding_network_reaches_width_to_the_depth_pieces(depth: int) -> None:
    pieces = count_pieces(folding_network(depth), torch.zeros(1), torch.ones(1))
    assert pieces == 2**depth
    expected = torch.arange(1, 2**depth, dtype=torch.float64) / 2**depth
    torch.testing.assert_close(breakpoints(folding_network(depth), torch.zeros(1), torch.ones(1)), expected)


def test_pieces_of_a_random_network_are_those_that_dense_sampling_finds() -> None:
    torch.manual_seed(0)
    network = perceptron(8, 3, inputs=2, classes=1).double()
    start, end = torch.tensor([-5.0, 3.0]).double(), torch.tensor([4.0, -6.0]).double()
    bends = breakpoints(network, start, end)
    fraction = torch.linspace(0, 1, 200_001, dtype=torch.float64)
    with torch.no_grad():
        outputs = network(torch.lerp(start, end, fraction[:, None]))[:, 0]
    second = outputs.diff(n=2).abs()
    found = fraction[1:-1][second > 1e-7 * second.max()]
    runs = 1 + int((found.diff() > 1.5e-5).sum())
    assert runs == len(bends)
    assert all((found - bend).abs().min() < 1e-5 for bend in bends)


def test_a_layer_that_knows_the_class_alone_has_that_much_information() -> None:
    labels = torch.arange(64) % 4
    plane = information_plane(
        {
            "everything": torch.arange(64.0)[:, None],
            "class": functional.one_hot(labels).float(),
            "nothing": torch.ones(64, 3),
            "half": (labels // 2).float()[:, None],
        },
        labels,
        bins=64,
    )
    points = {name: (point.with_input, point.with_label) for name, point in plane.items()}
    assert points["everything"] == pytest.approx((6, 2))
    assert points["class"] == pytest.approx((2, 2))
    assert points["nothing"] == pytest.approx((0, 0))
    assert points["half"] == pytest.approx((1, 1))


@pytest.mark.slow
def test_noise_hurts_a_layer_by_what_the_quadratic_says() -> None:
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        network.get_parameter("0.weight").copy_(torch.eye(2) * 2**0.5)  # root mean square 1
        network.get_parameter("1.weight").copy_(torch.tensor([[1.0, 1.0]]))
    x = torch.tensor([[1.0, 0.0]])
    target = network(x).detach()
    rises = noise_robustness(
        network, lambda: (network(x) - target).square().mean(), noise=0.1, draws=4000, generator=seed(0)
    )
    assert rises["0"] == pytest.approx(2 * 0.1**2, rel=0.1)  # two units, each reads one noisy weight
    assert rises["1"] == pytest.approx(2 * 0.1**2, rel=0.1)  # one weight of the root of two
    torch.testing.assert_close(network(x), target)


@pytest.mark.slow
def test_one_layer_alone_learns_while_the_rest_stays_random() -> None:
    task = spirals(200, arms=2, noise=0.05, generator=seed(0))
    torch.manual_seed(0)
    network = perceptron(32, 2, inputs=2, classes=2)
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    reached = train_one_layer(network, task, steps=150, learning_rate=0.01)
    assert list(reached) == ["0", "2", "4", "all"]
    assert reached["all"] > 0.95
    assert all(0.6 < value <= 1 for value in reached.values())
    assert all(torch.equal(before[name], weight) for name, weight in network.state_dict().items())


def test_random_labels_are_the_chosen_fraction() -> None:
    task = spirals(3000, arms=3, noise=0.0, generator=seed(0))
    changed = randomize_labels(task, 0.6, seed(1)).labels != task.labels
    assert changed.double().mean().item() == pytest.approx(0.6 * 2 / 3, abs=0.02)
    assert torch.equal(randomize_labels(task, 0.0, seed(1)).labels, task.labels)


@pytest.mark.slow
def test_the_task_needs_more_than_a_line() -> None:
    task = spirals(300, arms=2, noise=0.05, generator=seed(0))
    torch.manual_seed(0)
    line, network = nn.Linear(2, 2), perceptron(32, 2, inputs=2, classes=2)
    fit(line, task, steps=200, learning_rate=0.03)
    losses = fit(network, task, steps=200, learning_rate=0.01)
    assert accuracy(line, task) < 0.85
    assert accuracy(network, task) > 0.95
    assert losses[-1] < 0.3 * losses[0]


def test_wrong_settings_say_what_was_expected() -> None:
    labels = torch.zeros(2, dtype=torch.long)
    for wrong in (
        lambda: spirals(1, arms=2, noise=0, generator=seed(0)),
        lambda: perceptron(0, 1, inputs=1, classes=2),
        lambda: perceptron(1, 1, inputs=1, classes=2, activation="gelu"),
        lambda: information_point(torch.zeros(2, 1), labels, bins=1),
        lambda: information_point(torch.zeros(3, 1), labels, bins=2),
        lambda: breakpoints(nn.Sequential(nn.Tanh()), torch.zeros(1), torch.ones(1)),
        lambda: breakpoints(nn.Sequential(nn.ReLU()), torch.zeros(1), torch.ones(2)),
        lambda: folding_network(0),
        lambda: noise_robustness(nn.ReLU(), lambda: torch.zeros(()), noise=1, draws=1, generator=seed(0)),
        lambda: noise_robustness(nn.Linear(1, 1), lambda: torch.zeros(()), noise=-1, draws=1, generator=seed(0)),
        lambda: train_one_layer(nn.ReLU(), spirals(2, arms=2, noise=0, generator=seed(0)), steps=1, learning_rate=1),
        lambda: randomize_labels(spirals(2, arms=2, noise=0, generator=seed(0)), 2, seed(0)),
    ):
        with unchecked(), pytest.raises(ValueError, match=r"expected .*got .*; "):
            wrong()
