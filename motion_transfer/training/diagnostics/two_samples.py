"""Can two sets of samples be told apart? Maximum mean discrepancy by several estimators (Gretton et al., JMLR 2012)."""

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
class TwoSamples:
    """How a set differs from a reference.

    Attributes:
        squared_mmd: unbiased, with the mixture of all bandwidths.
        linear, linear_error: estimate in linear time, and its standard error.
        cubic: unbiased, with the polynomial kernel of the kernel inception distance, which needs no bandwidth.
        p_value: of "both come from one distribution".
        bandwidths: at which the differences below were found.
        distances: biased MMD (not squared) from the reference, at each bandwidth.
        usual: the same between the reference's own halves, what chance alone makes.
    """

    squared_mmd: float
    linear: float
    linear_error: float
    cubic: float
    p_value: float
    bandwidths: Sequence[float]
    distances: Sequence[float]
    usual: Sequence[float]

    @property
    def distinguishable(self) -> bool:
        """Whether the permutation test refuses one distribution."""
        return self.p_value <= SIGNIFICANT


def compare_sets(
    found: Float[Tensor, "found value"],
    reference: Float[Tensor, "reference value"],
    *,
    bandwidths: Sequence[float],
    tested: int,
    permutations: int,
    generator: torch.Generator,
) -> TwoSamples:
    """Compare two sets of samples.

    Args:
        bandwidths: of the Gaussian kernels, in the samples' units.
        tested: samples of each set in the permutation test, whose cost grows with their square.
        generator: on the CPU; shuffles, so that neighbours in a set are no pairs of the linear estimate.

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
    return TwoSamples(
        squared_mmd=float(mmd_unbiased(kernel, found, reference)),
        linear=float(linear),
        linear_error=float(error),
        cubic=float(mmd_unbiased(CUBIC, found, reference)),
        p_value=permutation_test(
            kernel, found[:tested], reference[:tested], permutations=permutations, generator=generator
        ),
        bandwidths=tuple(bandwidths),
        distances=[float(mmd_biased(one, found[:half], halves[0])) ** 0.5 for one in each],
        usual=[float(mmd_biased(one, *halves)) ** 0.5 for one in each],
    )
