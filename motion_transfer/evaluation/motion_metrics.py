"""How good a 3D motion is: joint errors, jitter, sliding feet, leaning.

Positions are in metres in world axes (x right as the camera sees it, y up, z toward the camera). Frames count alike;
missing data is the caller's to leave out.
"""

from collections.abc import Sequence
from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def mpjpe(
    predicted_m: Float[Tensor, "frame joint 3"], true_m: Float[Tensor, "frame joint 3"], root: int | None = 0
) -> float:
    """Mean per-joint position error in millimetres.

    Args:
        root: the joint at which both bodies are laid over each other; None compares where they stand in the world.

    Raises:
        ValueError: the shapes differ.
    """
    _check_shapes(predicted_m, true_m)
    if root is not None:
        predicted_m = predicted_m - predicted_m[:, root : root + 1]
        true_m = true_m - true_m[:, root : root + 1]
    return 1000 * float((predicted_m - true_m).norm(dim=-1).mean())


def pa_mpjpe(predicted_m: Float[Tensor, "frame joint 3"], true_m: Float[Tensor, "frame joint 3"]) -> float:
    """Mean per-joint position error in millimetres once every frame is moved, turned and scaled onto the truth.

    Raises:
        ValueError: the shapes differ.
    """
    return 1000 * float((procrustes_aligned(predicted_m, true_m) - true_m).norm(dim=-1).mean())


def procrustes_aligned(
    points: Float[Tensor, "frame joint 3"], onto: Float[Tensor, "frame joint 3"]
) -> Float[Tensor, "frame joint 3"]:
    """The points of each frame under the similarity that brings them nearest to `onto` in the least-squares sense.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991, eq. 40-43.
    Mirroring is excluded; points that all coincide are moved onto the mean of `onto`.

    Raises:
        ValueError: the shapes differ.
    """
    _check_shapes(points, onto)
    middle, onto_middle = points.mean(1, keepdim=True), onto.mean(1, keepdim=True)
    centred, onto_centred = points - middle, onto - onto_middle
    left, singular, right_transposed = torch.linalg.svd(onto_centred.mT @ centred)
    sign = torch.ones_like(singular)
    sign[:, 2] = torch.where(torch.linalg.det(left @ right_transposed) < 0, -1.0, 1.0)
    rotation = left @ (sign[:, :, None] * right_transposed)
    spread = centred.square().sum((1, 2)).clamp(min=torch.finfo(points.dtype).tiny)
    scale = (singular * sign).sum(1) / spread
    return scale[:, None, None] * centred @ rotation.mT + onto_middle


def jitter(joints_m: Float[Tensor, "frame joint 3"], fps: Fraction | float, shot_starts: Sequence[int] = (0,)) -> float:
    """Mean norm of the joints' acceleration in m/s^2: the second difference over frames times fps squared.

    Args:
        shot_starts: first frames of shots; differences that reach over one do not count.

    Returns:
        NaN where no shot has three frames.
    """
    acceleration = (joints_m[2:] - 2 * joints_m[1:-1] + joints_m[:-2]).norm(dim=-1) * float(fps) ** 2
    within = torch.tensor(_within_shots(len(joints_m), 3, shot_starts), dtype=torch.bool, device=joints_m.device)
    return float(acceleration[within].mean())


def foot_skate(
    feet_m: Float[Tensor, "frame 2 3"],
    contacts: Bool[Tensor, "frame 2"],
    fps: Fraction | float,
    shot_starts: Sequence[int] = (0,),
) -> tuple[float, float]:
    """Horizontal speed of planted feet in cm/s: the median and the 90th percentile.

    A foot counts between two frames of one shot in both of which it stands on the ground.

    Returns:
        NaN twice where no foot is ever planted for two frames.
    """
    speed_cm_per_s = 100 * float(fps) * (feet_m[1:] - feet_m[:-1])[..., [0, 2]].norm(dim=-1)
    planted = contacts[1:] & contacts[:-1]
    within = torch.tensor(_within_shots(len(feet_m), 2, shot_starts), dtype=torch.bool, device=planted.device)
    slide = speed_cm_per_s[planted & within[:, None]]
    if not len(slide):
        return float("nan"), float("nan")
    return float(slide.quantile(0.5)), float(slide.quantile(0.9))


def lean_degrees(hips_m: Float[Tensor, "frame 3"], neck_m: Float[Tensor, "frame 3"]) -> Float[Tensor, "frame"]:
    """Angle between the line from the middle of the hips to the neck and the vertical, 0 to 180 degrees.

    Zero-length trunks count as upright.
    """
    trunk = neck_m - hips_m
    return torch.rad2deg(torch.atan2(trunk[:, [0, 2]].norm(dim=-1), trunk[:, 1]))


def _within_shots(frames: int, span: int, shot_starts: Sequence[int]) -> list[bool]:
    """For each run of `span` consecutive frames, whether no shot starts inside it."""
    starts = set(shot_starts)
    return [not starts.intersection(range(first + 1, first + span)) for first in range(frames - span + 1)]


def _check_shapes(predicted: Tensor, true: Tensor) -> None:
    if predicted.shape != true.shape:
        raise ValueError(
            f"expected joints of one shape, got {tuple(predicted.shape)} and {tuple(true.shape)}; "
            "select the same frames and joints of both"
        )
