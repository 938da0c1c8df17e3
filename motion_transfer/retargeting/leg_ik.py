"""Leg IK: hips and knees bring the ankles to their targets; hips stay in place, and feet keep their orientation."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import ANKLES, HIPS, KNEES
from motion_transfer.body.two_bone_ik import move_end_effector
from motion_transfer.domain.body_motion import BodyPose

FULL_REACH = 0.999  # fraction of the leg's length; a leg that is straighter already may stay so


def reach_m(posed: PosedBody, fraction: float = FULL_REACH) -> Float[Tensor, "frame 2"]:
    """The longest distance allowed from hip to ankle: a fraction of the leg's length, or the present one if longer."""
    joints = posed.joints_m
    hip, knee, ankle = joints[:, HIPS], joints[:, KNEES], joints[:, ANKLES]
    length = (hip - knee).norm(dim=-1) + (knee - ankle).norm(dim=-1)
    return torch.maximum(fraction * length, (hip - ankle).norm(dim=-1))


def move_ankles(pose: BodyPose, posed: PosedBody, ankles_m: Float[Tensor, "frame 2 3"]) -> BodyPose:
    """Bend hips and knees so that the ankles reach their targets, or come as near as the legs allow.

    Args:
        posed: the body in `pose`.
        ankles_m: for the left and the right foot, in the world.
    """
    reach = reach_m(posed)
    for side, leg in enumerate(zip(HIPS, KNEES, ANKLES, strict=True)):
        left = posed.world_from_rest[:, leg[0], :3, 0]  # a knee bends forward about it
        pose = move_end_effector(pose, posed, leg, ankles_m[:, side], left, reach[:, side])
    return pose
