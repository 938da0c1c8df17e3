"""Every term against a closed form or a slow second way to compute it."""

import numpy as np
import pytest
import torch

from motion_transfer.synthesis import losses

SHAPE = (2, 3, 24, 16)


def pictures() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.rand(SHAPE, generator=generator) * 2 - 1 for _ in range(2))
    return a, b, torch.rand(2, 1, 24, 16, generator=generator)


def test_a_mean_counts_every_pixel_by_its_weight() -> None:
    a, _, weight = pictures()
    slow = np.average(a.numpy(), weights=np.broadcast_to(weight.numpy(), SHAPE))
    assert losses.weighted_mean(a, weight).item() == pytest.approx(slow, abs=1e-6)
    assert losses.weighted_mean(a, torch.zeros_like(weight)).item() == 0


@pytest.mark.parametrize("loss", [losses.colour_loss, losses.gradient_loss, losses.structure_loss])
def test_equal_pictures_cost_nothing_and_pixels_without_weight_do_not_count(loss: object) -> None:
    assert callable(loss)
    a, _, weight = pictures()
    assert loss(a, a.clone(), weight).item() == pytest.approx(0, abs=1e-6)
    spoiled = a.clone()
    spoiled[..., :16, :] = 1
    weight[..., :16, :] = 0
    weight[..., 16:20, :] = 0  # boxes of the structure and slopes reach over the border
    if loss is losses.structure_loss:
        weight[...] = 0
        weight[..., 20:, :] = 0
    assert loss(spoiled, a, weight).item() == pytest.approx(0, abs=1e-6)


def test_a_shift_of_all_colours_costs_its_size_and_has_no_slope() -> None:
    a, _, weight = pictures()
    assert losses.colour_loss(a + 0.3, a, weight).item() == pytest.approx(0.3, abs=1e-6)
    assert losses.gradient_loss(a + 0.3, a, weight).item() == pytest.approx(0, abs=1e-6)


def test_a_ramp_costs_its_slopes_across_and_down() -> None:
    a, _, weight = pictures()
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(16.0), indexing="ij")
    ramp = (0.02 * x - 0.05 * y).expand(SHAPE)
    assert losses.gradient_loss(a + ramp, a, weight).item() == pytest.approx(0.07, abs=1e-5)


def test_the_structure_is_one_minus_ssim_of_boxes() -> None:
    a, b, weight = pictures()
    total, weights = 0.0, 0.0
    for picture in range(2):
        for channel in range(3):
            for top in range(0, 24 - 7, 4):
                for left in range(0, 16 - 7, 4):
                    box = (picture, channel, slice(top, top + 8), slice(left, left + 8))
                    p, q = (a[box].double().numpy() + 1) / 2, (b[box].double().numpy() + 1) / 2
                    covariance = ((p - p.mean()) * (q - q.mean())).mean()
                    ssim = (2 * p.mean() * q.mean() + 1e-4) * (2 * covariance + 9e-4)
                    ssim /= (p.mean() ** 2 + q.mean() ** 2 + 1e-4) * (p.var() + q.var() + 9e-4)
                    share = weight[picture, 0, top : top + 8, left : left + 8].double().mean().item()
                    total, weights = total + share * (1 - ssim), weights + share
    assert losses.structure_loss(a, b, weight).item() == pytest.approx(total / weights, rel=1e-4)


def test_alpha_costs_its_mean_absolute_difference() -> None:
    weight = torch.ones(1, 1, 4, 4)
    assert losses.alpha_loss(weight * 0.75, weight * 0.5, weight).item() == pytest.approx(0.25)
