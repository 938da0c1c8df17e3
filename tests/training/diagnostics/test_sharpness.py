"""Lanczos finds the spectrum of a Hessian that is known, and the ball's worst loss is the closed form's."""

import pytest
import torch
from torch import nn

from motion_transfer.training.diagnostics.sharpness import curvature, hessian_vector_product, lanczos, worst_loss_nearby


def network() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    x = torch.randn(20, 2, dtype=torch.float64)
    return net, x, x.prod(1, keepdim=True)


@pytest.mark.slow
def test_hessian_products_and_lanczos_agree_with_the_full_hessian() -> None:
    net, x, y = network()
    parameters = list(net.parameters())
    sizes = [parameter.numel() for parameter in parameters]

    def loss_of(flat: torch.Tensor) -> torch.Tensor:
        parts = [part.view_as(p) for part, p in zip(flat.split(sizes), parameters, strict=True)]
        named = dict(zip((name for name, _ in net.named_parameters()), parts, strict=True))
        return (torch.func.functional_call(net, named, x) - y).square().mean()

    flat = torch.cat([parameter.detach().flatten() for parameter in parameters])
    hessian = torch.autograd.functional.hessian(loss_of, flat)
    vector = torch.randn(sum(sizes), dtype=torch.float64)
    torch.testing.assert_close(
        hessian_vector_product(lambda: (net(x) - y).square().mean(), parameters, vector), hessian @ vector
    )
    found = curvature(
        lambda: (net(x) - y).square().mean(),
        parameters,
        steps=22,
        probes=12,
        top=3,
        generator=torch.Generator().manual_seed(0),
    )
    exact = torch.linalg.eigvalsh(hessian)
    assert found.largest == pytest.approx(exact.flip(0)[:3].tolist(), rel=1e-6)
    assert found.smallest == pytest.approx(exact[0].item(), rel=1e-6)
    assert found.negative_fraction == pytest.approx((exact < -1e-3 * exact[-1]).double().mean().item(), abs=0.1)
    assert "saddle" in found.sentence


def test_lanczos_stops_where_nothing_new_comes() -> None:
    matrix = torch.diag(torch.tensor([3.0, 3.0, -1.0, -1.0], dtype=torch.float64))
    values, weights = lanczos(lambda vector: matrix @ vector, torch.ones(4, dtype=torch.float64), 4)
    torch.testing.assert_close(values, torch.tensor([-1.0, 3.0], dtype=torch.float64))
    torch.testing.assert_close(weights, torch.tensor([0.5, 0.5], dtype=torch.float64))


def test_the_worst_loss_of_a_bowl_lies_on_the_rim_along_its_steepest_axis() -> None:
    x = nn.Parameter(torch.tensor([2.0, 0.0], dtype=torch.float64))
    centre = torch.tensor([2.0, 1e-4], dtype=torch.float64)
    curvatures = torch.tensor([1.0, 10.0], dtype=torch.float64)
    worst = worst_loss_nearby(lambda: (curvatures * (x - centre).square()).sum() / 2, [x], radius=0.1, steps=50)
    assert worst == pytest.approx(10 * 0.2**2 / 2, rel=0.01)
    assert torch.equal(x.detach(), torch.tensor([2.0, 0.0], dtype=torch.float64))


def test_wrong_settings_say_what_was_expected() -> None:
    x = nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="expected a radius above 0"):
        worst_loss_nearby(lambda: x.sum(), [x], radius=0, steps=1)
    with pytest.raises(ValueError, match="expected counts of at least 1"):
        curvature(lambda: x.sum(), [x], steps=0, probes=1, top=1, generator=torch.Generator())
