"""Analytic two-bone inverse kinematics: bring the end of a limb to a target; its start and what it carries stay.

The law of cosines gives how far the middle joint bends. It stays in its plane, which swings with the line from start to
end; a straight limb has no plane, and bends about a given axis.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARENTS
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.geometry.rotations import shortest_rotation

STRAIGHT_SINE = 0.05  # limbs bent by less have no reliable plane


def move_end_effector(
    pose: BodyPose,
    posed: PosedBody,
    limb: tuple[int, int, int],
    target_m: Float[Tensor, "frame 3"],
    sideways: Float[Tensor, "frame 3"],
    reach_m: Float[Tensor, "frame"],
) -> BodyPose:
    """Rotate the first two joints of a limb so that the third reaches its target and keeps its orientation.

    Args:
        posed: the body in `pose`.
        target_m, sideways, reach_m: see `solve_two_bone_ik`.
    """
    start, middle, end = limb
    start_m, middle_m, end_m = (posed.joints_m[:, j] for j in limb)
    world, rotations = posed.world_from_rest[..., :3, :3], pose.parent_from_joint.clone()
    new_middle, new_end, swing = solve_two_bone_ik(start_m, middle_m, end_m, target_m, sideways, reach_m)
    near_turn = shortest_rotation((swing @ (middle_m - start_m)[..., None])[..., 0], new_middle - start_m) @ swing
    far_turn = shortest_rotation((near_turn @ (end_m - middle_m)[..., None])[..., 0], new_end - new_middle)
    near, far = near_turn @ world[:, start], far_turn @ near_turn @ world[:, middle]
    rotations[:, start] = world[:, PARENTS[start]].mT @ near
    rotations[:, middle] = near.mT @ far
    rotations[:, end] = far.mT @ world[:, end]
    return replace(pose, parent_from_joint=rotations)


def solve_two_bone_ik(
    start_m: Float[Tensor, "frame 3"],
    middle_m: Float[Tensor, "frame 3"],
    end_m: Float[Tensor, "frame 3"],
    target_m: Float[Tensor, "frame 3"],
    sideways: Float[Tensor, "frame 3"],
    reach_m: Float[Tensor, "frame"],
) -> tuple[Float[Tensor, "frame 3"], Float[Tensor, "frame 3"], Float[Tensor, "frame 3 3"]]:
    """Two-bone IK: positions of start, middle and end, and a target -> new positions of middle and end.

    Args:
        target_m: for the end.
        sideways: the axis about which a straight limb bends: across the limb and this axis, its middle moves.
        reach_m: the greatest distance from start to end.

    Returns:
        Middle, end, and the turn from the old to the new line from start to end.
    """
    near_m, far_m = (middle_m - start_m).norm(dim=-1), (end_m - middle_m).norm(dim=-1)
    nearest = (near_m - far_m).abs() + 0.1 * torch.minimum(near_m, far_m)
    to_target = target_m - start_m
    distance = torch.maximum(torch.minimum(to_target.norm(dim=-1), reach_m), nearest)
    along = torch.nn.functional.normalize(to_target, dim=-1)
    along_before = torch.nn.functional.normalize(end_m - start_m, dim=-1)
    swing = shortest_rotation(along_before, along)
    cosine = (near_m**2 + distance**2 - far_m**2) / (2 * near_m * distance)
    cosine = cosine.clamp(-1, 1)[..., None]
    sine = (1 - cosine**2).clamp(min=0).sqrt()
    ahead = (swing @ _bend_direction(start_m, middle_m, along_before, sideways, sine)[..., None])[..., 0]
    middle = start_m + near_m[..., None] * (cosine * along + sine * ahead)
    return middle, start_m + distance[..., None] * along, swing


def _bend_direction(
    start_m: Float[Tensor, "frame 3"],
    middle_m: Float[Tensor, "frame 3"],
    along: Float[Tensor, "frame 3"],
    sideways: Float[Tensor, "frame 3"],
    sine: Float[Tensor, "frame 1"],
) -> Float[Tensor, "frame 3"]:
    """Unit vectors across `along` from the line between start and end to the middle.

    The bend that is there stays; what is added to it goes across `sideways` as far as the plane is in doubt.

    Args:
        sine: of the angle between the nearer bone and the line after the limb is solved.
    """
    near = torch.nn.functional.normalize(middle_m - start_m, dim=-1)
    off = near - (near * along).sum(-1, keepdim=True) * along
    forward = torch.nn.functional.normalize(torch.linalg.cross(along, sideways), dim=-1)
    sine_before = off.norm(dim=-1, keepdim=True)
    doubt = STRAIGHT_SINE * torch.exp(-((sine_before / STRAIGHT_SINE) ** 2))
    added = torch.nn.functional.normalize(off + doubt * forward, dim=-1)
    return torch.nn.functional.normalize(off + ((sine - sine_before).clamp(min=0) + 1e-6) * added, dim=-1)
