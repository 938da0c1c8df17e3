"""Point sets onto point sets by a rotation, a scale and a shift, some points being wrong.

Notation: X the points of a model, Y where they are seen; Y = s R X + t (Umeyama 1991), by reweighted least squares.
"""

import torch
from jaxtyping import Float
from torch import Tensor

ROUNDS = 4
SPREAD = 0.05  # of right points, in units of the model's own spread


def robust_rotations(
    model: Float[Tensor, "point 3"], seen: Float[Tensor, "frame point 3"]
) -> Float[Tensor, "frame 3 3"]:
    """R of each frame: first by all points alike, then by those that agree (Geman-McClure weights)."""
    weights = torch.ones_like(seen[..., 0])
    rotations = torch.eye(3).to(seen).expand(len(seen), 3, 3)
    for _ in range(ROUNDS):
        share = weights / weights.sum(1, keepdim=True)
        model_at, seen_at = share @ model, (share[..., None] * seen).sum(1)
        from_middle, seen_from_middle = model - model_at[:, None], seen - seen_at[:, None]
        u, stretch, v = torch.linalg.svd((seen_from_middle * share[..., None]).mT @ from_middle)
        signs = torch.ones_like(stretch)
        signs[:, 2] = torch.linalg.det(u @ v).sign()
        rotations = (u * signs[:, None]) @ v
        variance = (share * from_middle.square().sum(-1)).sum(1).clamp(min=1e-12)
        scale = (stretch * signs).sum(1) / variance
        off = seen_from_middle - scale[:, None, None] * from_middle @ rotations.mT
        spread = SPREAD * scale.abs() * variance.sqrt()
        weights = 1 / (1 + off.square().sum(-1) / spread.clamp(min=1e-12)[:, None] ** 2) ** 2
    return rotations


def frames_of(across: Float[Tensor, "*batch 3"], along: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Axes as columns: the first along `across`, the second as near to `along` as can be, the third across both."""
    first = torch.nn.functional.normalize(across, dim=-1)
    second = torch.nn.functional.normalize(along - (along * first).sum(-1, keepdim=True) * first, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second, dim=-1)], -1)
