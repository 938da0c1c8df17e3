"""A body whose parts can be stretched as well as turned: what characters differ in before their surface does.

Notation: joint j has the world rotation R_j and stretches its part by diag(s_j) in the axes of the T-pose, where limbs
lie along an axis. With L_j = R_j diag(s_j) and joints j_j at rest, a child stands at p_c = p_j + L_j (j_c - j_j), and a
vertex v with skinning weights w moves to sum_j w_j (L_j (v - j_j) + p_j). Stretches are not handed on to children.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import JOINTS, PARENTS
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.value import value

# Joints that are stretched alike, on both sides.
GROUPS = (
    ("pelvis", "spine1", "spine2", "spine3", "collar"),
    ("neck",),
    ("head",),
    ("shoulder",),
    ("elbow",),
    ("wrist", "hand"),
    ("hip",),
    ("knee",),
    ("ankle", "foot"),
)
GROUP_OF_JOINT = tuple(
    next(index for index, group in enumerate(GROUPS) if name.split("_")[-1] in group) for name in JOINTS
)


@value
class StretchedPose:
    """One frame of a stretched body in the world.

    Attributes:
        stretch: s of each joint, along x, y and z of the T-pose.
    """

    pose: BodyPose
    stretch: Float[Tensor, "joint 3"]


@value
class Stretched:
    """A stretched and posed body.

    Attributes:
        linear: L of each joint.
    """

    linear: Float[Tensor, "joint 3 3"]
    rotations: Float[Tensor, "joint 3 3"]
    joints_m: Float[Tensor, "joint 3"]
    rest_joints_m: Float[Tensor, "joint 3"]

    def skin(
        self, rest_m: Float[Tensor, "vertex 3"], weights: Float[Tensor, "vertex joint"]
    ) -> Float[Tensor, "vertex 3"]:
        """Points at rest -> where they are."""
        shifts = self.joints_m - (self.linear @ self.rest_joints_m[..., None])[..., 0]
        mixed = (weights @ self.linear.flatten(1)).unflatten(1, (3, 3))
        return (mixed @ rest_m[..., None])[..., 0] + weights @ shifts

    def turn(
        self, rest_normals: Float[Tensor, "vertex 3"], weights: Float[Tensor, "vertex joint"]
    ) -> Float[Tensor, "vertex 3"]:
        """Normals at rest -> unit normals, turned with the joints alone."""
        mixed = (weights @ self.rotations.flatten(1)).unflatten(1, (3, 3))
        return torch.nn.functional.normalize((mixed @ rest_normals[..., None])[..., 0], dim=-1)


def stretch_body(body: ShapedBody, stretched: StretchedPose) -> Stretched:
    """Forward kinematics of a stretched body."""
    rest, local = body.rest_joints_m, stretched.pose.parent_from_joint[0]
    rotations, positions = [local[0]], [stretched.pose.root_position_m[0]]
    linear = [local[0] * stretched.stretch[0]]
    for j, parent in enumerate(PARENTS[1:], start=1):
        rotations.append(rotations[parent] @ local[j])
        positions.append(positions[parent] + linear[parent] @ (rest[j] - rest[parent]))
        linear.append(rotations[j] * stretched.stretch[j])
    return Stretched(
        linear=torch.stack(linear),
        rotations=torch.stack(rotations),
        joints_m=torch.stack(positions),
        rest_joints_m=rest,
    )
