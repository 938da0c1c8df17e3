"""Group lasso frees channels at little cost, and cutting them out changes nothing."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from motion_transfer.training.channel_selection import compact, living_channels, try_selection
from motion_transfer.training.optimizers.operators import GroupLasso
from motion_transfer.training.optimizers.proximal import AcceleratedProximalGradient


def student() -> nn.Sequential:
    torch.manual_seed(1)
    convolve = partial(nn.Conv2d, kernel_size=3, padding=1, padding_mode="reflect")
    return nn.Sequential(convolve(3, 16), nn.ReLU(), convolve(16, 16), nn.ReLU(), convolve(16, 3))


def train(strength: float) -> tuple[nn.Sequential, float]:
    """Learn what a teacher of four channels does; give the validation loss."""
    torch.manual_seed(0)
    teacher = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.Conv2d(4, 3, 1))
    pictures, unseen = torch.rand(8, 3, 12, 12) * 2 - 1, torch.rand(8, 3, 12, 12) * 2 - 1
    network = student()
    biases = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    last = list(network[-1].parameters())[:1]
    penalized = [parameter for parameter in network.parameters() if parameter.ndim > 1 and parameter is not last[0]]
    groups = [{"params": penalized}, {"params": biases + last, "penalized": False}]
    optimizer = AcceleratedProximalGradient(groups, lr=0.05, proximal=GroupLasso(strength, axis=0))

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = (network(pictures) - teacher(pictures).detach()).square().mean()
        value.backward()
        return value

    for _ in range(800):
        optimizer.step(loss)
    with torch.no_grad():
        return network, (network(unseen) - teacher(unseen)).square().mean().item()


def test_a_quarter_of_the_channels_die_at_no_cost_and_the_cut_network_is_the_same() -> None:
    removed, losses = [], []
    for strength in (0.0, 2e-4):
        network, loss = train(strength)
        smaller = compact(network)
        pictures = torch.rand(2, 3, 9, 11)
        torch.testing.assert_close(smaller.network(pictures), network(pictures), rtol=0, atol=1e-5)
        removed.append(smaller.removed)
        losses.append(loss)
        assert smaller.channels == 32
    assert removed[0] == 0
    assert removed[1] >= 8
    assert losses[1] < 1.1 * losses[0] < 0.005  # the teacher's outputs have a variance of 0.011


def test_dead_channels_with_biases_are_cut_exactly_from_linear_layers_too() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 5), nn.Sigmoid(), nn.Linear(5, 4, bias=False), nn.Tanh(), nn.Linear(4, 2))
    with torch.no_grad():
        network[0].weight[[1, 3]] = 0
        network[2].weight[2] = 0
    smaller = compact(network)
    assert smaller.removed == 3
    assert "3 of 9 channels" in smaller.sentence
    assert smaller.network[0].weight.shape == (3, 3)
    x = torch.randn(6, 3)
    torch.testing.assert_close(smaller.network(x), network(x))


def test_a_layer_keeps_a_channel_and_living_ones_are_told() -> None:
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    nn.init.zeros_(network[0].weight)
    assert not living_channels(network[0]).any()
    assert compact(network).network[0].weight.shape == (1, 2)


def test_what_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="expected convolutions and activations, got"):
        compact(nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)))
    padded = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 1, 3, padding=1))
    with torch.no_grad():
        padded[0].weight[0] = 0
        padded[0].bias[0] = 1
    with pytest.raises(ValueError, match="expected reflecting padding behind dead channels"):
        compact(padded)


def loss_to_a_small_teacher(network: nn.Module, seed: int) -> Callable[[], Tensor]:
    """The teacher looks at one of three channels of the picture only."""
    torch.manual_seed(seed)
    pictures = torch.rand(8, 3, 12, 12) * 2 - 1
    truth = torch.nn.functional.avg_pool2d(pictures[:, :1].abs(), 3, 1, 1)
    return lambda: (network(pictures) - truth).square().mean()


def test_trying_a_selection_frees_what_is_never_needed_and_puts_the_weights_back() -> None:
    torch.manual_seed(1)
    convolve = partial(nn.Conv2d, kernel_size=3, padding=1)
    network = nn.Sequential(convolve(3, 12), nn.InstanceNorm2d(12), nn.ReLU(), convolve(12, 1))
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    losses = [loss_to_a_small_teacher(network, seed) for seed in (2, 3)]
    as_made = losses[1]().item()
    none, some, all_of_it = (
        try_selection(network, *losses, penalty=penalty, rate=0.02, steps=200) for penalty in (0.0, 0.01, 10.0)
    )
    assert none.kept == none.channels == 3 + 12
    assert 1 < some.kept <= 10
    assert some.loss < none.loss < 0.1 * as_made
    assert some.loss < some.shrunk_loss
    assert all_of_it.kept == 0
    assert all_of_it.loss > 2 * none.loss
    assert all(torch.equal(before[name], weight) for name, weight in network.state_dict().items())
    assert all(weight.grad is None for weight in network.parameters())


def test_a_selection_with_settings_that_make_no_sense_is_refused() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 3, padding=1))
    loss = loss_to_a_small_teacher(network, 2)
    with pytest.raises(ValueError, match="expected at least 1 step, got 0"):
        try_selection(network, loss, loss, penalty=0.1, rate=0.1, steps=0)
    with pytest.raises(ValueError, match=r"expected a rate at which the training stays finite, got 1e\+30"):
        try_selection(network, loss, loss, penalty=0.0, rate=1e30, steps=40)
    assert all(weight.isfinite().all() for weight in network.parameters())
