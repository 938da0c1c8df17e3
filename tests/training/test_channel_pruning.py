"""Group lasso frees channels at little cost."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from motion_transfer.training.channel_pruning import try_pruning


def loss_to_a_small_target(network: nn.Module, seed: int) -> Callable[[], Tensor]:
    """The target depends on one of three input channels only."""
    torch.manual_seed(seed)
    pictures = torch.rand(8, 3, 12, 12) * 2 - 1
    truth = torch.nn.functional.avg_pool2d(pictures[:, :1].abs(), 3, 1, 1)
    return lambda: (network(pictures) - truth).square().mean()


@pytest.mark.slow
def test_trying_a_selection_frees_what_is_never_needed_and_puts_the_weights_back() -> None:
    torch.manual_seed(1)
    convolve = partial(nn.Conv2d, kernel_size=3, padding=1)
    network = nn.Sequential(convolve(3, 12), nn.InstanceNorm2d(12), nn.ReLU(), convolve(12, 1))
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    losses = [loss_to_a_small_target(network, seed) for seed in (2, 3)]
    as_made = losses[1]().item()
    none, some, all_of_it = (
        try_pruning(network, *losses, penalty=penalty, rate=0.02, steps=200) for penalty in (0.0, 0.01, 10.0)
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
    loss = loss_to_a_small_target(network, 2)
    with pytest.raises(ValueError, match="expected at least 1 step, got 0"):
        try_pruning(network, loss, loss, penalty=0.1, rate=0.1, steps=0)
    with pytest.raises(ValueError, match=r"expected a rate at which the training stays finite, got 1e\+30"):
        try_pruning(network, loss, loss, penalty=0.0, rate=1e30, steps=40)
    assert all(weight.isfinite().all() for weight in network.parameters())
