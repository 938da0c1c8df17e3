"""Forward kinematics of the SMPL skeleton: rotations of joints against their parents -> joints in space.

Notation: joint j has the rotation R_j against its parent and the offset t_j from it at rest. Relative to the pelvis its
pose is W_j = W_parent(j) [R_j | t_j], with W_pelvis = [R_pelvis | 0]. Joints of one depth in the tree do not depend on
each other, so that each level is one batched product: eight in place of 23.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.skeleton import PARENTS


def levels(parents: tuple[int, ...]) -> tuple[tuple[slice, Int[Tensor, "_"]], ...]:
    """The joints of each depth below the root, and where their parents stand among the joints one level higher.

    Raises:
        ValueError: the joints are not numbered by depth.
    """
    depth = [0] * len(parents)
    for j, parent in enumerate(parents[1:], start=1):
        depth[j] = depth[parent] + 1
    if depth != sorted(depth):
        raise ValueError(f"expected joints numbered by their depth in the tree, got depths {depth}; sort the joints")
    first = [depth.index(level) for level in range(depth[-1] + 1)] + [len(parents)]
    return tuple(
        (slice(start, end), torch.tensor(parents[start:end]) - above)
        for above, start, end in zip(first, first[1:], first[2:], strict=False)
    )


LEVELS = levels(PARENTS)


def forward_kinematics(
    rest_joints_m: Float[Tensor, "joint 3"], parent_from_joint: Float[Tensor, "frame joint 3 3"]
) -> tuple[Float[Tensor, "frame joint 3 3"], Float[Tensor, "frame joint 3"]]:
    """World rotations of all joints, and their positions relative to the pelvis, metres."""
    offsets_m = rest_joints_m - torch.cat([rest_joints_m[:1], rest_joints_m[list(PARENTS[1:])]])
    local = torch.cat([parent_from_joint, offsets_m.expand(len(parent_from_joint), -1, -1)[..., None]], -1)
    rotation, position = local[:, :1, :, :3], local[:, :1, :, 3]
    rotations, positions = [rotation], [position]
    for joints, parents in LEVELS:
        parents = parents.to(local.device)
        chained = rotation.index_select(1, parents) @ local[:, joints]
        rotation, position = chained[..., :3], chained[..., 3] + position.index_select(1, parents)
        rotations.append(rotation)
        positions.append(position)
    return torch.cat(rotations, 1), torch.cat(positions, 1)
