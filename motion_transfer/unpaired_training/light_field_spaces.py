"""Light fields of two collections made comparable: standardized, and registered as two clouds of points.

Characters of other proportions differ in every pose. A light field's values say the same of both, so each is brought to
the same mean and spread in both collections. What then still differs is taken for linear, and found as rigid motions of
scans are, by iterated closest points (Besl and McKay 1992).
"""

import torch
from jaxtyping import Float
from torch import Tensor

LEAST_SPREAD = 0.03  # of a value, over the largest of any

Registration = Float[Tensor, "component component"]


def comparable(
    source: Float[Tensor, "some value"], target: Float[Tensor, "other value"], given: tuple[int, int], components: int
) -> tuple[Float[Tensor, "some component"], Float[Tensor, "other component"]]:
    """Light fields of both collections, each value standardized, in common principal components.

    The first component has a variance of 1.

    Args:
        given: how many of each are of given shapes, not of decoded ones.
    """
    source, target = _standardized(source, given[0]), _standardized(target, given[1])
    both = torch.cat([source[: given[0]], target[: given[1]]])
    _, lengths, directions = torch.linalg.svd(both, full_matrices=False)
    basis = directions[:components].T / (lengths[0] / len(both) ** 0.5)
    return source @ basis, target @ basis


def _standardized(values: Float[Tensor, "shape value"], given: int) -> Float[Tensor, "shape value"]:
    centred = values - values[:given].mean(0)
    spread = centred[:given].square().mean(0).sqrt()
    return centred / (spread + LEAST_SPREAD * spread.max()).clamp(min=1e-12)


def registered(
    source: Float[Tensor, "some component"], target: Float[Tensor, "other component"], *, rounds: int, stiffness: float
) -> Registration:
    """W that brings the points of the source, as rows x W, near those of the target, by iterated closest points.

    In every round each point of either cloud is paired with the nearest of the other, and W minimizes
    sum |x W - y|^2 + s |W - I|^2 over the pairs.

    Args:
        stiffness: s over the mean eigenvalue of sum x^T x.
    """
    unit = torch.eye(source.shape[1], dtype=source.dtype)
    found = unit
    for _ in range(rounds):
        distances = torch.cdist(source @ found, target)
        to_target, to_source = distances.argmin(1), distances.argmin(0)
        x, y = torch.cat([source, source[to_source]]), torch.cat([target[to_target], target])
        squares = x.T @ x
        held = stiffness * squares.trace() / len(unit) * unit
        found = torch.linalg.solve(squares + held, x.T @ y + held)
    return found
