"""A point as a mixture of others: weights that sum to 1, so that the mixture moves as the others do."""

import torch
from jaxtyping import Float
from torch import Tensor


def exact_mixture(points_m: Float[Tensor, "point 3"], wanted_m: Float[Tensor, "3"]) -> Float[Tensor, "point"]:
    """Weights w that sum to 1 with sum_i w_i p_i at the wanted place: of all such weights the shortest vector.

    Any affine map of the points maps the mixture likewise. Fewer than four points, or points in a plane that does not
    hold the wanted place, only come near it.
    """
    off = (points_m - wanted_m).double()
    system = torch.cat([off.T, torch.ones(1, len(off), dtype=torch.float64)])
    return (torch.linalg.pinv(system) @ torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)).to(points_m.dtype)
