"""Joints of the arms and points of the hands, for what keeps them out of the rest of the body."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import COLLARS, ELBOWS, HANDS, SHOULDERS, WRISTS

ALONG_HAND = (0.0, 0.5, 1.0, 1.6)  # fractions of the line from wrist to knuckles; the last lies in the fingers
ARMS = (SHOULDERS, ELBOWS, WRISTS, HANDS)


def hand_points_m(
    wrist_m: Float[Tensor, "frame side 3"], knuckles_m: Float[Tensor, "frame side 3"]
) -> Float[Tensor, "frame point 3"]:
    """Points along the left and then the right hand."""
    along = torch.tensor(ALONG_HAND)[:, None]
    return (wrist_m[:, :, None] + along * (knuckles_m - wrist_m)[:, :, None]).flatten(1, 2)


def arm_driven_joints(
    joints_m: Float[Tensor, "frame joint 3"],
    parent_from_joint: Float[Tensor, "frame joint 3 3"],
    world_from_rest: Float[Tensor, "frame joint 4 4"],
) -> Float[Tensor, "4 frame side 3"]:
    """Shoulders, elbows, wrists and knuckles where they are, but with gradients that reach the arms' rotations only."""
    bones = joints_m.detach()
    positions_m = [bones[:, SHOULDERS]]
    turn = world_from_rest[:, COLLARS, :3, :3].detach()
    for start, end in zip(ARMS, ARMS[1:], strict=False):
        resting = world_from_rest[:, start, :3, :3].detach().mT @ (bones[:, end] - bones[:, start])[..., None]
        turn = turn @ parent_from_joint[:, start]
        positions_m.append(positions_m[-1] + (turn @ resting)[..., 0])
    return torch.stack(positions_m)
