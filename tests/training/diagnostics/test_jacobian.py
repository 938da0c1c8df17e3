"""Random projections find the Jacobian's norm, and the largest norms are marked."""

import pytest
import torch
from checked_shapes import unchecked
from torch import nn

from motion_transfer.training.diagnostics.jacobian import jacobian_norms, rank_correlation, sensitivity


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 10)).double()


def exact(net: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.autograd.functional.jacobian(net, x[None]).norm() for x in inputs])


def test_as_many_projections_as_outputs_give_the_exact_norm() -> None:
    net, inputs = network(), torch.randn(5, 6, dtype=torch.float64)
    norms = jacobian_norms(net, inputs, projections=10, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(norms, exact(net, inputs))
    more = jacobian_norms(net, inputs, projections=99, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(more, norms)


def test_few_projections_are_right_on_average() -> None:
    net, inputs = network(), torch.randn(5, 6, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    estimates = torch.stack(
        [jacobian_norms(net, inputs, projections=2, generator=generator).square() for _ in range(200)]
    )
    torch.testing.assert_close(estimates.mean(0), exact(net, inputs).square(), rtol=0.15, atol=0)


def test_a_convolutional_network_on_pictures_works_alike() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Softplus()).double()
    pictures = torch.randn(2, 1, 3, 4, dtype=torch.float64)
    norms = jacobian_norms(net, pictures, projections=24, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(norms, exact(net, pictures))


def test_rank_correlation_sees_order_alone() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert rank_correlation(x, x**3) == pytest.approx(1)
    assert rank_correlation(x, -x.exp()) == pytest.approx(-1)
    assert rank_correlation(x, torch.tensor([1.0, 3.0, 2.0, 4.0])) == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert rank_correlation(torch.tensor([1.0, 1.0, 2.0]), torch.tensor([5.0, 5.0, 9.0])) == pytest.approx(1)


def test_the_worst_frames_are_named_first() -> None:
    found = sensitivity(torch.tensor([1.0, 9.0, 3.0, 7.0]), fraction=0.5, errors=torch.tensor([0.1, 0.9, 0.2, 0.4]))
    assert found.suspects == (1, 3)
    assert found.correlation == pytest.approx(1)
    assert "frames 1, 3" in found.sentence
    assert sensitivity(torch.ones(3), fraction=0.01).suspects == (0,)


def test_wrong_settings_say_what_was_expected() -> None:
    with pytest.raises(ValueError, match="expected at least 1 projection"):
        jacobian_norms(network(), torch.zeros(1, 6), projections=0, generator=torch.Generator())
    with pytest.raises(ValueError, match="expected outputs that depend on the inputs"):
        jacobian_norms(lambda x: torch.ones(1, 2), torch.zeros(1, 6), projections=1, generator=torch.Generator())
    with pytest.raises(ValueError, match="expected a fraction in"):
        sensitivity(torch.ones(3), fraction=0)
    with unchecked(), pytest.raises(ValueError, match="expected two or more pairs"):
        rank_correlation(torch.ones(3), torch.ones(2))
