import pytest
import torch

from motion_transfer.training.diagnostics.two_samples import TwoSampleTest, compare_sets

BANDWIDTHS = (0.3, 1.0, 3.0, 30.0)


def draw(count: int, seed: int, spread: float = 1.0) -> torch.Tensor:
    return spread * torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))


def compared(found: torch.Tensor, reference: torch.Tensor) -> TwoSampleTest:
    generator = torch.Generator().manual_seed(0)
    return compare_sets(found, reference, bandwidths=BANDWIDTHS, tested=80, permutations=100, generator=generator)


@pytest.mark.slow
def test_sets_of_one_distribution_are_seldom_distinguished() -> None:
    distinguished = [compared(draw(200, 2 * seed), draw(200, 2 * seed + 1)).distinguishable for seed in range(20)]
    assert sum(distinguished) <= 4  # one in twenty is the test's level


def test_a_duller_set_is_distinguished_by_every_estimator() -> None:
    found = compared(draw(400, 0, spread=0.6), draw(400, 1))
    assert found.distinguishable
    assert found.squared_mmd > 0.01
    assert found.cubic > 0
    assert found.linear == pytest.approx(found.squared_mmd, abs=4 * found.linear_error)
    assert found.linear > 3 * found.linear_error


def test_the_bandwidth_of_the_difference_stands_out_against_chance() -> None:
    found = compared(draw(400, 0, spread=0.6), draw(400, 1))
    ratios = [distance / chance for distance, chance in zip(found.distances, found.within_reference, strict=True)]
    assert max(ratios) == max(ratios[1:3])  # where samples differ by a few units
    assert max(ratios) > 3


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 8 samples of both, got 5 and 50"):
        compared(draw(5, 0), draw(50, 1))
