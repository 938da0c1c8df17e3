"""Rotation matrices from directions and angles."""

import roma
import torch
from jaxtyping import Float
from torch import Tensor


def shortest_rotation(
    start: Float[Tensor, "*#batch 3"], goal: Float[Tensor, "*#batch 3"]
) -> Float[Tensor, "*batch 3 3"]:
    """The rotation by the smallest angle that brings the direction `start` onto `goal`; lengths do not matter.

    Rodrigues' formula with v = start x goal and c = start . goal: I + [v] + [v]^2 / (1 + c), which needs no angle.
    Opposite directions, between which there are many such rotations, get some half turn.
    """
    start = torch.nn.functional.normalize(start, dim=-1)
    goal = torch.nn.functional.normalize(goal, dim=-1)
    cosine = (start * goal).sum(-1)
    skew = cross_matrix(torch.linalg.cross(start, goal))
    identity = torch.eye(3, dtype=start.dtype, device=start.device).expand_as(skew)
    rotation = identity + skew + skew @ skew / (1 + cosine).clamp(min=1e-6)[..., None, None]
    across = any_perpendicular(start)
    half_turn = 2 * across[..., :, None] * across[..., None, :] - identity
    return torch.where((cosine < -1 + 1e-6)[..., None, None], half_turn, rotation)


def any_perpendicular(direction: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
    """Some unit vector across each direction."""
    least = direction.abs().argmin(-1)
    axis = torch.nn.functional.one_hot(least, 3).to(direction.dtype)
    return torch.nn.functional.normalize(torch.linalg.cross(direction, axis), dim=-1)


def cross_matrix(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """[v] with [v] w = v x w."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))


def rotation_about_vertical(angle_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation about y; a positive angle turns z (toward the camera) to x (the camera's right)."""
    cosine, sine = angle_rad.cos(), angle_rad.sin()
    zero, one = torch.zeros_like(sine), torch.ones_like(sine)
    return torch.stack([cosine, zero, sine, zero, one, zero, -sine, zero, cosine], -1).unflatten(-1, (3, 3))


def rotation_between(
    first: Float[Tensor, "frame joint 3 3"], second: Float[Tensor, "frame joint 3 3"], share: Float[Tensor, "frame"]
) -> Float[Tensor, "frame joint 3 3"]:
    """Spherical interpolation: a share of each frame's turn from the first rotation to the second."""
    turn = roma.rotmat_to_rotvec(first.mT @ second)
    return first @ roma.rotvec_to_rotmat(share[:, None, None] * turn)
