"""Legs that reach for the ground: bring the ankles to their places; hips and the feet's directions keep theirs."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.retargeting.two_bone_ik import move_end_effector

FULL_REACH = 0.999  # share of the leg's length; a leg that is straighter already may stay so
SIDES = ("left", "right")


def reach_m(posed: PosedBody, share: float = FULL_REACH) -> Float[Tensor, "frame 2"]:
    """How far each ankle may be from its hip: a share of the leg's length, or what it is now where that is more."""
    joints = posed.joints_m
    hip, knee, ankle = joints[:, [1, 2]], joints[:, [4, 5]], joints[:, [7, 8]]
    length = (hip - knee).norm(dim=-1) + (knee - ankle).norm(dim=-1)
    return torch.maximum(share * length, (hip - ankle).norm(dim=-1))


def move_ankles(pose: BodyPose, posed: PosedBody, ankles_m: Float[Tensor, "frame 2 3"]) -> BodyPose:
    """Bend hips and knees so that the ankles come to where they are wanted, or as near as the legs reach.

    Args:
        posed: the body in `pose`.
        ankles_m: for the left and the right foot, in the world.
    """
    reach = reach_m(posed)
    for side, name in enumerate(SIDES):
        leg = (joint(f"{name}_hip"), joint(f"{name}_knee"), joint(f"{name}_ankle"))
        left = posed.world_from_rest[:, leg[0], :3, 0]  # a knee bends forward about it
        pose = move_end_effector(pose, posed, leg, ankles_m[:, side], left, reach[:, side])
    return pose
