"""What a healthy body does not do, as energies on rotation matrices.

Notation: R is a joint's rotation against its parent; |R - I|^2 = 4 (1 - cos angle), about twice the squared angle.
Knees bend about the body's x axis, elbows about its y axis (arms out sideways in the T-pose).
"""

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import ANKLES, ELBOWS, JOINTS, KNEES, WRISTS

# Usual spread of each joint's angle, radians; the pelvis is free.
SPREAD = {
    "hip": 0.9,
    "knee": 1.0,
    "ankle": 0.45,
    "foot": 0.02,
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
SPREADS = torch.tensor([SPREAD[name.rpartition("_")[2]] for name in JOINTS[1:]])
HINGE_SPREAD = 0.12  # radians out of the plane in which elbows and knees bend
# Of each joint's rotation vector, radians. Wrists turn about the forearm (beyond it, the forearm itself turns), aside,
# and up or down; ankles up or down, about the shank (beyond it, the leg itself turns), and over an edge of the foot.
LIMITS = dict.fromkeys(WRISTS, (0.9, 0.6, 1.4)) | dict.fromkeys(ANKLES, (0.9, 0.2, 0.3))
STRAIGHT = 0.05  # sine of the overextension that healthy elbows and knees reach


def pose_energy(parent_from_joint: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame"]:
    """Mean squared angle of the joints in units of their usual spread."""
    identity = torch.eye(3, device=parent_from_joint.device)
    squared_angle = ((parent_from_joint[:, 1:] - identity) ** 2).sum((-2, -1)) / 2
    return (squared_angle / SPREADS.to(squared_angle) ** 2).mean(1)


def hinge_energy(parent_from_joint: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame"]:
    """Elbows and knees that bend sideways or backward (SMPLify's E_a, with a quadratic in place of the exponential)."""
    elbows, knees = (torch.tensor(pair, device=parent_from_joint.device) for pair in (ELBOWS, KNEES))
    # Where straight forearms and shanks point now.
    forearms = parent_from_joint[..., 0].index_select(1, elbows) * parent_from_joint.new_tensor([[1.0], [-1.0]])
    shanks = -parent_from_joint[..., 1].index_select(1, knees)
    sideways = forearms[..., 1] ** 2 + shanks[..., 0] ** 2
    backward = torch.relu(-forearms[..., 2] - STRAIGHT) ** 2 + torch.relu(shanks[..., 2] - STRAIGHT) ** 2
    return (sideways + backward).sum(1) / HINGE_SPREAD**2 / 8


def limit_energy(parent_from_joint: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame"]:
    """Wrists and ankles that turn farther than they can: what their rotation vectors exceed the limits by, squared."""
    turned = parent_from_joint.index_select(1, torch.tensor(list(LIMITS), device=parent_from_joint.device))
    limits = parent_from_joint.new_tensor(list(LIMITS.values()))
    beyond = torch.relu(roma.rotmat_to_rotvec(turned).abs() - limits)
    return beyond.square().sum((1, 2)) / HINGE_SPREAD**2 / 8
