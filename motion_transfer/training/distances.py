"""Maximum mean discrepancy between two sets of samples and its permutation test (Gretton et al., JMLR 2012)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class Kernel(Protocol):
    """A positive definite kernel of two samples; broadcasts over leading axes."""

    def __call__(self, x: Float[Tensor, "*#shape value"], y: Float[Tensor, "*#shape value"]) -> Float[Tensor, "*shape"]:
        """Evaluate the kernel over the last axis."""
        ...


@dataclass(frozen=True, slots=True)
class GaussianMixture:
    """Mean of `exp(-|x - y|^2 / (2 s^2))` over several bandwidths s, in the samples' units."""

    bandwidths: Sequence[float]

    def __post_init__(self) -> None:
        if not self.bandwidths or min(self.bandwidths) <= 0:
            raise ValueError(f"expected bandwidths above 0, got {list(self.bandwidths)}; pass some, e.g. [1, 2, 4]")

    def __call__(self, x: Float[Tensor, "*#shape value"], y: Float[Tensor, "*#shape value"]) -> Float[Tensor, "*shape"]:
        squares = (x - y).square().sum(-1)
        return torch.stack([(-squares / (2 * bandwidth**2)).exp() for bandwidth in self.bandwidths]).mean(0)


@dataclass(frozen=True, slots=True)
class Polynomial:
    """`(x . y / size + offset) ^ degree`; degree 3, offset 1: kernel inception distance (Binkowski 2018)."""

    degree: int
    offset: float

    def __post_init__(self) -> None:
        if self.degree < 1 or self.offset < 0:
            raise ValueError(f"expected degree >= 1 and offset >= 0, got {self.degree} and {self.offset}; raise them")

    def __call__(self, x: Float[Tensor, "*#shape value"], y: Float[Tensor, "*#shape value"]) -> Float[Tensor, "*shape"]:
        return ((x * y).sum(-1) / x.shape[-1] + self.offset) ** self.degree


def gram(
    kernel: Kernel, x: Float[Tensor, "x value"], y: Float[Tensor, "y value"], *, rows_at_once: int = 256
) -> Float[Tensor, "x y"]:
    """Give the Gram matrix of x and y, computed some rows at a time to bound memory."""
    return torch.cat([kernel(rows[:, None], y[None]) for rows in x.split(rows_at_once)])


def mmd_biased(kernel: Kernel, x: Float[Tensor, "x value"], y: Float[Tensor, "y value"]) -> Float[Tensor, ""]:
    """Give the squared MMD of the empirical distributions (eq. 5, squared): never below 0, biased upward by O(1/n)."""
    return gram(kernel, x, x).mean() + gram(kernel, y, y).mean() - 2 * gram(kernel, x, y).mean()


def mmd_unbiased(kernel: Kernel, x: Float[Tensor, "x value"], y: Float[Tensor, "y value"]) -> Float[Tensor, ""]:
    """Estimate the squared MMD of the distributions behind the samples (eq. 3): unbiased, may be below 0.

    Raises:
        ValueError: for fewer than two samples of either.
    """
    _check_count(len(x), len(y), least=2)
    return _mean_of_others(gram(kernel, x, x)) + _mean_of_others(gram(kernel, y, y)) - 2 * gram(kernel, x, y).mean()


def mmd_linear(
    kernel: Kernel, x: Float[Tensor, "x value"], y: Float[Tensor, "y value"]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Estimate the squared MMD in linear time over quadruples `(x1, x2, y1, y2)` (section 6, lemma 14).

    Returns:
        The estimate and its standard error; their ratio is normal with deviation 1 where the distributions are equal.

    Raises:
        ValueError: for sets of different size or fewer than two quadruples.
    """
    if len(x) != len(y):
        raise ValueError(f"expected as many samples of both, got {len(x)} and {len(y)}; cut the longer")
    _check_count(len(x), len(y), least=4)
    even = len(x) // 2 * 2
    x1, x2, y1, y2 = x[0:even:2], x[1:even:2], y[0:even:2], y[1:even:2]
    terms = kernel(x1, x2) + kernel(y1, y2) - kernel(x1, y2) - kernel(x2, y1)
    return terms.mean(), terms.std() / len(terms) ** 0.5


def permutation_test(
    kernel: Kernel,
    x: Float[Tensor, "x value"],
    y: Float[Tensor, "y value"],
    *,
    permutations: int,
    generator: torch.Generator,
) -> float:
    """Give the p-value of "both sets come from one distribution" under `mmd_unbiased`.

    Samples must be independent: of a video take frames that are seconds apart.

    Returns:
        The fraction of relabellings, the identity included, of at least this distance: exact at every sample size.

    Raises:
        ValueError: for fewer than two samples of either, or no permutation.
    """
    _check_count(len(x), len(y), least=2)
    if permutations < 1:
        raise ValueError(f"expected at least 1 permutation, got {permutations}; 200 suffice for the 5 % level")
    joint = torch.cat([x, y])
    matrix = gram(kernel, joint, joint)
    orders = [torch.arange(len(joint))] + [torch.randperm(len(joint), generator=generator) for _ in range(permutations)]
    distances = torch.stack([_unbiased_of(matrix, order.to(x.device), len(x)) for order in orders])
    # Rounding depends on the order of summation: exchanging equal samples must not count as a change.
    slack = 1e-6 * matrix.diagonal().mean()
    return (distances >= distances[0] - slack).double().mean().item()


def _unbiased_of(matrix: Tensor, order: Tensor, count: int) -> Tensor:
    first, second = order[:count], order[count:]
    across = matrix[first][:, second].mean()
    return _mean_of_others(matrix[first][:, first]) + _mean_of_others(matrix[second][:, second]) - 2 * across


def _mean_of_others(matrix: Tensor) -> Tensor:
    """Give the mean over pairs of different samples."""
    return (matrix.sum() - matrix.diagonal().sum()) / (len(matrix) * (len(matrix) - 1))


def _check_count(x: int, y: int, *, least: int) -> None:
    if min(x, y) < least:
        raise ValueError(f"expected at least {least} samples of both, got {x} and {y}; collect more")
