"""Nearest neighbours among many points, in memory that does not grow with the product of both numbers."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

BLOCK = 1 << 22  # distances held at once


class Nearest(NamedTuple):
    """The row of the nearest known point of each point, the first of several, and its Euclidean distance."""

    row: Int[Tensor, "point"]
    distance: Float[Tensor, "point"]


def nearest(points: Float[Tensor, "point feature"], known: Float[Tensor, "known feature"]) -> Nearest:
    """Find the nearest known point of each point; there must be one."""
    found = []
    for block in points.split(max(1, BLOCK // len(known))):
        # Exact, where the faster product of matrices loses the small differences.
        found.append(torch.cdist(block, known, compute_mode="donot_use_mm_for_euclid_dist").min(1))
    return Nearest(row=torch.cat([one.indices for one in found]), distance=torch.cat([one.values for one in found]))
