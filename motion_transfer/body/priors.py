"""What a healthy body does not do, as energies on rotation matrices.

Notation: R is a joint's rotation against its parent; |R - I|^2 = 4 (1 - cos angle), about twice the squared angle.
Knees bend about the body's x axis, elbows about its y axis (arms out sideways in the T-pose).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, joint

# Usual spread of each joint's angle, radians; the pelvis is free.
SPREAD = {
    "hip": 0.9,
    "knee": 1.0,
    "ankle": 0.45,
    "foot": 0.04,
    "spine1": 0.25,
    "spine2": 0.2,
    "spine3": 0.2,
    "neck": 0.25,
    "head": 0.35,
    "collar": 0.15,
    "shoulder": 1.2,
    "elbow": 1.1,
    "wrist": 0.4,
    "hand": 0.05,
}
HINGE_SPREAD = 0.12  # radians out of the plane in which elbows and knees bend
STRAIGHT = 0.05  # sine of the overextension that healthy elbows and knees reach


def pose_energy(parent_from_joint: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame"]:
    """Mean squared angle of the joints in units of their usual spread."""
    identity = torch.eye(3, device=parent_from_joint.device)
    squared_angle = ((parent_from_joint[:, 1:] - identity) ** 2).sum((-2, -1)) / 2
    spread = torch.tensor([SPREAD[name.rpartition("_")[2]] for name in JOINTS[1:]], device=parent_from_joint.device)
    return (squared_angle / spread**2).mean(1)


def hinge_energy(parent_from_joint: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame"]:
    """Elbows and knees that bend sideways or backward (SMPLify's E_a, with a quadratic in place of the exponential)."""
    total = parent_from_joint.new_zeros(len(parent_from_joint))
    for side, out in (("left", 1.0), ("right", -1.0)):
        forearm = parent_from_joint[:, joint(f"{side}_elbow"), :, 0] * out  # where the straight forearm points now
        total = total + forearm[:, 1] ** 2 / HINGE_SPREAD**2
        total = total + torch.relu(-forearm[:, 2] - STRAIGHT) ** 2 / HINGE_SPREAD**2
        shank = -parent_from_joint[:, joint(f"{side}_knee"), :, 1]
        total = total + shank[:, 0] ** 2 / HINGE_SPREAD**2
        total = total + torch.relu(shank[:, 2] - STRAIGHT) ** 2 / HINGE_SPREAD**2
    return total / 8
