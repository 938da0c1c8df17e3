"""Hips, knees and ankles that put the feet where they are wanted, by two-bone inverse kinematics."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.body.two_bone_ik import solve_two_bone_ik
from motion_transfer.domain.value import value


@value
class LegRotations:
    """Rotations of one leg's joints relative to their parents."""

    hip: Float[Tensor, "frame 3 3"]
    knee: Float[Tensor, "frame 3 3"]
    ankle: Float[Tensor, "frame 3 3"]


def leg_joints(side: str) -> tuple[int, int, int]:
    """Hip, knee and ankle."""
    return joint(f"{side}_hip"), joint(f"{side}_knee"), joint(f"{side}_ankle")


def place_foot(
    rest_leg_m: Float[Tensor, "3 3"],
    world_from_pelvis: Float[Tensor, "frame 3 3"],
    hip_m: Float[Tensor, "frame 3"],
    ankle_m: Float[Tensor, "frame 3"],
    world_from_foot: Float[Tensor, "frame 3 3"],
) -> LegRotations:
    """Bend the knee in the plane that the foot points along, so that the ankle comes to its target.

    A target out of reach straightens the leg toward it.

    Args:
        rest_leg_m: hip, knee and ankle of the body at rest.
        hip_m: in the world, as is the target `ankle_m`.
    """
    thigh, shank = rest_leg_m[1] - rest_leg_m[0], rest_leg_m[2] - rest_leg_m[1]
    thigh_m, shank_m = thigh.norm(), shank.norm()
    direction = torch.nn.functional.normalize(ankle_m - hip_m, dim=-1)
    axis = torch.nn.functional.normalize(torch.linalg.cross(-direction, world_from_foot[..., 2]), dim=-1)
    straight_m = hip_m + thigh_m * direction, hip_m + (thigh_m + shank_m) * direction
    reach_m = (thigh_m + shank_m - 1e-6).expand(len(hip_m))
    knee_m, ankle_m, _ = solve_two_bone_ik(hip_m, *straight_m, ankle_m, axis, reach_m)
    sideways = torch.tensor([1.0, 0, 0], dtype=thigh.dtype)
    world_from_thigh = _frame(knee_m - hip_m, axis) @ _frame(thigh, sideways).mT
    world_from_shank = _frame(ankle_m - knee_m, axis) @ _frame(shank, sideways).mT
    return LegRotations(
        hip=world_from_pelvis.mT @ world_from_thigh,
        knee=world_from_thigh.mT @ world_from_shank,
        ankle=world_from_shank.mT @ world_from_foot,
    )


def _frame(bone: Float[Tensor, "*batch 3"], axis: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Columns: the hinge, up along the bone, and forward."""
    up = -torch.nn.functional.normalize(bone, dim=-1)
    hinge = torch.nn.functional.normalize(axis - (axis * up).sum(-1, keepdim=True) * up, dim=-1)
    return torch.stack([hinge, up, torch.linalg.cross(hinge, up)], -1)
