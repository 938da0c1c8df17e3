"""Analytic inverse kinematics of a leg: bring the ankle to a place; hip and foot keep theirs.

The law of cosines gives how far the knee bends. The knee stays in its plane, which swings with the line from hip to
ankle; a straight leg has no plane, and bends as the thigh's own sideways axis tells.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.geometry.directions import smallest_turn

FULL_REACH = 0.999  # share of the leg's length; a leg that is straighter already may stay so
STRAIGHT_SINE = 0.05  # knees bent by less have no plane worth trusting
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
    rotations = pose.parent_from_joint.clone()
    world = posed.world_from_rest[..., :3, :3]
    reach = reach_m(posed)
    for side, name in enumerate(SIDES):
        hip, knee, ankle = (joint(f"{name}_{part}") for part in ("hip", "knee", "ankle"))
        hip_m, knee_m, ankle_m = (posed.joints_m[:, j] for j in (hip, knee, ankle))
        new_knee, new_ankle, swing = solve_leg(
            hip_m, knee_m, ankle_m, ankles_m[:, side], world[:, hip, :, 0], reach[:, side]
        )
        thigh_turn = smallest_turn((swing @ (knee_m - hip_m)[..., None])[..., 0], new_knee - hip_m) @ swing
        shank_turn = smallest_turn((thigh_turn @ (ankle_m - knee_m)[..., None])[..., 0], new_ankle - new_knee)
        thigh, shank = thigh_turn @ world[:, hip], shank_turn @ thigh_turn @ world[:, knee]
        rotations[:, hip] = world[:, 0].mT @ thigh
        rotations[:, knee] = thigh.mT @ shank
        rotations[:, ankle] = shank.mT @ world[:, ankle]
    return BodyPose(parent_from_joint=rotations, root_position_m=pose.root_position_m)


def solve_leg(
    hip_m: Float[Tensor, "frame 3"],
    knee_m: Float[Tensor, "frame 3"],
    ankle_m: Float[Tensor, "frame 3"],
    wanted_m: Float[Tensor, "frame 3"],
    thigh_left: Float[Tensor, "frame 3"],
    reach_m: Float[Tensor, "frame"],
) -> tuple[Float[Tensor, "frame 3"], Float[Tensor, "frame 3"], Float[Tensor, "frame 3 3"]]:
    """Where knee and ankle go.

    Args:
        wanted_m: where the ankle should be.
        thigh_left: the thigh's sideways axis, to the body's left: a knee bends forward about it.
        reach_m: the greatest distance from hip to ankle.

    Returns:
        Knee, ankle, and the turn from the old to the new line from hip to ankle.
    """
    thigh_m, shank_m = (knee_m - hip_m).norm(dim=-1), (ankle_m - knee_m).norm(dim=-1)
    nearest = (thigh_m - shank_m).abs() + 0.1 * torch.minimum(thigh_m, shank_m)
    to_wanted = wanted_m - hip_m
    distance = torch.maximum(torch.minimum(to_wanted.norm(dim=-1), reach_m), nearest)
    along = torch.nn.functional.normalize(to_wanted, dim=-1)
    along_before = torch.nn.functional.normalize(ankle_m - hip_m, dim=-1)
    swing = smallest_turn(along_before, along)
    cosine = (thigh_m**2 + distance**2 - shank_m**2) / (2 * thigh_m * distance)
    cosine = cosine.clamp(-1, 1)[..., None]
    sine = (1 - cosine**2).clamp(min=0).sqrt()
    ahead = (swing @ _knee_direction(hip_m, knee_m, along_before, thigh_left, sine)[..., None])[..., 0]
    knee = hip_m + thigh_m[..., None] * (cosine * along + sine * ahead)
    return knee, hip_m + distance[..., None] * along, swing


def _knee_direction(
    hip_m: Float[Tensor, "frame 3"],
    knee_m: Float[Tensor, "frame 3"],
    along: Float[Tensor, "frame 3"],
    thigh_left: Float[Tensor, "frame 3"],
    sine: Float[Tensor, "frame 1"],
) -> Float[Tensor, "frame 3"]:
    """Unit vectors across `along` to where the knee stands off the line from hip to ankle.

    The bend that is there stays where it is; what is added to it goes forward as far as the plane is in doubt.

    Args:
        sine: of the angle between thigh and line after the leg is solved.
    """
    thigh = torch.nn.functional.normalize(knee_m - hip_m, dim=-1)
    off = thigh - (thigh * along).sum(-1, keepdim=True) * along
    forward = torch.nn.functional.normalize(torch.linalg.cross(along, thigh_left), dim=-1)
    sine_before = off.norm(dim=-1, keepdim=True)
    doubt = STRAIGHT_SINE * torch.exp(-((sine_before / STRAIGHT_SINE) ** 2))
    added = torch.nn.functional.normalize(off + doubt * forward, dim=-1)
    return torch.nn.functional.normalize(off + ((sine - sine_before).clamp(min=0) + 1e-6) * added, dim=-1)
