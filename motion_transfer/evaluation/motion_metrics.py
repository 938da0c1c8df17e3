"""Joint errors of a 3D motion: positions in metres in, errors in millimetres out.

Frames count alike; leaving out missing data is up to the caller.
"""

import math
from typing import Any

import roma
import torch
from jaxtyping import Float
from torch import Tensor

_registration: Any = roma.rigid_points_registration  # roma's own annotation lacks what it returns with scaling


def pa_mpjpe(predicted_m: Float[Tensor, "frame joint 3"], true_m: Float[Tensor, "frame joint 3"]) -> float:
    """Mean per-joint position error in millimetres after Procrustes alignment of every frame.

    Raises:
        ValueError: the shapes differ.
    """
    return 1000 * float((procrustes_aligned(predicted_m, true_m) - true_m).norm(dim=-1).mean())


def procrustes_aligned(
    points: Float[Tensor, "frame joint 3"], onto: Float[Tensor, "frame joint 3"]
) -> Float[Tensor, "frame joint 3"]:
    """The points of each frame under the similarity that brings them nearest to `onto` in the least-squares sense.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991. Mirroring is
    excluded; points that all coincide are moved onto the mean of `onto`.

    Raises:
        ValueError: the shapes differ.
    """
    if points.shape != onto.shape:
        raise ValueError(
            f"expected joints of one shape, got {tuple(points.shape)} and {tuple(onto.shape)}; "
            "select the same frames and joints of both"
        )
    rotation, shift, scale = _registration(points, onto, compute_scaling=True)
    aligned = scale[:, None, None] * points @ rotation.mT + shift[:, None]
    coincide = (points == points[:, :1]).all(-1).all(-1)
    return torch.where(coincide[:, None, None], onto.mean(1, keepdim=True), aligned)


def facing_error_deg(found: Float[Tensor, "frame 3 3"], true: Float[Tensor, "frame 3 3"]) -> Float[Tensor, "frame"]:
    """How far the direction that a pelvis faces is from the truth, in degrees about the vertical of the axes."""
    yaw_found, yaw_true = (torch.atan2(turned[:, 0, 2], turned[:, 2, 2]) for turned in (found, true))
    return torch.rad2deg((yaw_found - yaw_true + math.pi).remainder(2 * math.pi) - math.pi).abs()
