"""MMD has the value that two Gaussians' closed form gives, and its permutation test keeps its level."""

import math

import pytest
import torch
from checked_shapes import unchecked
from torch import Tensor

from motion_transfer.training.distances import (
    GaussianMixture,
    Kernel,
    Polynomial,
    mmd_biased,
    mmd_linear,
    mmd_unbiased,
    permutation_test,
)

BANDWIDTHS = [1.0, 3.0]


def samples(count: int, mean: float, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 2, generator=generator, dtype=torch.float64) + mean


def closed_form(mean: float) -> float:
    """E exp(-|z|^2 / 2 s^2) for z ~ N(m, 2 I) is (s^2 / (s^2 + 2))^(d/2) exp(-|m|^2 / (2 (s^2 + 2))), here d = 2."""
    total = 0.0
    for s in BANDWIDTHS:
        same = s**2 / (s**2 + 2)
        total += 2 * same * (1 - math.exp(-(2 * mean**2) / (2 * (s**2 + 2))))
    return total / len(BANDWIDTHS)


@pytest.mark.slow
def test_all_three_estimates_find_the_distance_of_two_gaussians() -> None:
    kernel, x, y = GaussianMixture(BANDWIDTHS), samples(1500, 0.0, 0), samples(1500, 0.7, 1)
    assert mmd_unbiased(kernel, x, y).item() == pytest.approx(closed_form(0.7), rel=0.1)
    assert mmd_biased(kernel, x, y).item() == pytest.approx(closed_form(0.7), rel=0.1)
    estimate, error = mmd_linear(kernel, samples(200_000, 0.0, 2), samples(200_000, 0.7, 3))
    assert abs(estimate.item() - closed_form(0.7)) < 4 * error.item()
    assert error.item() < 0.03 * closed_form(0.7)


@pytest.mark.slow
def test_the_unbiased_estimate_is_zero_on_average_and_the_biased_one_is_not() -> None:
    kernel = GaussianMixture(BANDWIDTHS)
    pairs = [(samples(20, 0.0, 2 * seed), samples(20, 0.0, 2 * seed + 1)) for seed in range(200)]
    unbiased = torch.stack([mmd_unbiased(kernel, x, y) for x, y in pairs])
    biased = torch.stack([mmd_biased(kernel, x, y) for x, y in pairs])
    assert unbiased.mean().abs() < 3 * unbiased.std() / 200**0.5
    assert biased.min() > 0
    expected = sum(2 / 20 * (1 - s**2 / (s**2 + 2)) for s in BANDWIDTHS) / len(BANDWIDTHS)
    assert biased.mean().item() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("kernel", [GaussianMixture(BANDWIDTHS), Polynomial(3, 1.0)])
def test_estimates_agree_with_sums_written_out(kernel: Kernel) -> None:
    x, y = samples(4, 0.0, 0), samples(5, 0.3, 1)
    xx = sum(kernel(x[i], x[j]) for i in range(4) for j in range(4) if i != j) / 12
    yy = sum(kernel(y[i], y[j]) for i in range(5) for j in range(5) if i != j) / 20
    xy = sum(kernel(a, b) for a in x for b in y) / 20
    torch.testing.assert_close(mmd_unbiased(kernel, x, y), xx + yy - 2 * xy)


def test_a_polynomial_of_degree_one_compares_means() -> None:
    x, y = samples(30, 0.0, 0), samples(40, 2.0, 1)
    expected = (x.mean(0) - y.mean(0)).square().sum() / 2
    torch.testing.assert_close(mmd_biased(Polynomial(1, 5.0), x, y), expected)


@pytest.mark.slow
def test_the_permutation_test_keeps_its_level_and_finds_a_difference() -> None:
    kernel, generator = GaussianMixture(BANDWIDTHS), torch.Generator().manual_seed(0)

    def p_value(seed: int, mean: float) -> float:
        x, y = samples(12, 0.0, 2 * seed), samples(15, mean, 2 * seed + 1)
        return permutation_test(kernel, x, y, permutations=39, generator=generator)

    p_values = torch.tensor([p_value(seed, 0.0) for seed in range(300)])
    for level in (0.05, 0.2, 0.5):
        spread = (level * (1 - level) / 300) ** 0.5
        assert abs((p_values <= level).double().mean().item() - level) < 3 * spread
    assert max(p_value(seed, 2.0) for seed in range(20)) <= 0.05


def test_equal_sets_are_never_distinguished() -> None:
    x = samples(10, 0.0, 0)
    assert (
        permutation_test(GaussianMixture([1.0]), x, x, permutations=50, generator=torch.Generator().manual_seed(0))
        > 0.9
    )


def test_wrong_settings_say_what_was_expected() -> None:
    kernel, x = GaussianMixture([1.0]), samples(3, 0.0, 0)
    with pytest.raises(ValueError, match="expected bandwidths above 0, got"):
        GaussianMixture([0.0])
    with pytest.raises(ValueError, match="expected degree >= 1"):
        Polynomial(0, 1.0)
    with unchecked(), pytest.raises(ValueError, match="expected as many samples of both, got 3 and 2"):
        mmd_linear(kernel, x, x[:2])
    with pytest.raises(ValueError, match="expected at least 2 samples of both, got 3 and 1"):
        mmd_unbiased(kernel, x, x[:1])
    with pytest.raises(ValueError, match="expected at least 1 permutation"):
        permutation_test(kernel, x, x, permutations=0, generator=torch.Generator())
