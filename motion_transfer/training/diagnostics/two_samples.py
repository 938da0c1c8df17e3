"""Two-sample test: maximum mean discrepancy by several estimators (Gretton et al., JMLR 2012)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.training.distances import (
    GaussianMixture,
    Polynomial,
    mmd_biased,
    mmd_linear,
    mmd_unbiased,
    permutation_test,
)

SIGNIFICANT = 0.05
CUBIC = Polynomial(degree=3, offset=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSampleTest:
    """The distance of a set of samples from a reference.

    Attributes:
        squared_mmd: unbiased, with the mixture of all bandwidths.
        linear, linear_error: linear-time estimate and its standard error.
        cubic: unbiased, with the polynomial kernel of the kernel inception distance, which has no bandwidth.
        p_value: of the hypothesis that both come from one distribution.
        bandwidths: of the distances below.
        distances: biased MMD (not squared) from the reference, at each bandwidth.
        within_reference: the same between two halves of the reference, as chance alone makes it.
    """

    squared_mmd: float
    linear: float
    linear_error: float
    cubic: float
    p_value: float
    bandwidths: Sequence[float]
    distances: Sequence[float]
    within_reference: Sequence[float]

    @property
    def distinguishable(self) -> bool:
        """Whether the permutation test rejects one common distribution."""
        return self.p_value <= SIGNIFICANT


def compare_sets(
    found: Float[Tensor, "found value"],
    reference: Float[Tensor, "reference value"],
    *,
    bandwidths: Sequence[float],
    tested: int,
    permutations: int,
    generator: torch.Generator,
) -> TwoSampleTest:
    """Compare a set of samples with a reference.

    Args:
        bandwidths: of the Gaussian kernels, in the samples' units.
        tested: samples of each set in the permutation test, whose cost is quadratic in them.
        generator: on the CPU; shuffles the sets, so that neighbours do not pair up in the linear estimate.

    Raises:
        ValueError: for fewer than eight samples of either.
    """
    count = min(len(found), len(reference))
    if count < 8:
        raise ValueError(f"expected at least 8 samples of both, got {len(found)} and {len(reference)}; collect more")
    found = found[torch.randperm(len(found), generator=generator)]
    reference = reference[torch.randperm(len(reference), generator=generator)]
    kernel = GaussianMixture(tuple(bandwidths))
    linear, error = mmd_linear(kernel, found[:count], reference[:count])
    half = len(reference) // 2
    halves = reference[:half], reference[half : 2 * half]
    each = [GaussianMixture((bandwidth,)) for bandwidth in bandwidths]
    return TwoSampleTest(
        squared_mmd=float(mmd_unbiased(kernel, found, reference)),
        linear=float(linear),
        linear_error=float(error),
        cubic=float(mmd_unbiased(CUBIC, found, reference)),
        p_value=permutation_test(
            kernel, found[:tested], reference[:tested], permutations=permutations, generator=generator
        ),
        bandwidths=tuple(bandwidths),
        distances=[float(mmd_biased(one, found[:half], halves[0])) ** 0.5 for one in each],
        within_reference=[float(mmd_biased(one, *halves)) ** 0.5 for one in each],
    )
