"""Posing of an SMPL file's body by the package smplx: SMPL's own skinning, with its pose-dependent offsets.

The code of smplx is for non-commercial scientific research only. It is imported here alone, and only when such a body
is used. It is given arrays and never a file, because it would unpickle one, which can run code.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import PARENTS


def smplx_lbs() -> Callable[..., tuple[Tensor, Tensor]]:
    """The function `smplx.lbs.lbs`.

    Raises:
        ValueError: the package is not installed.
    """
    try:
        from smplx.lbs import lbs
    except ImportError as missing:
        raise ValueError(
            "expected the package smplx, which poses the body of an SMPL file, found none; run "
            "pip install 'motion-transfer[smpl]' (for non-commercial research only), or take body=free"
        ) from missing
    return lbs


def pose_by_smplx(
    rest_vertices_m: Float[Tensor, "vertex 3"],
    rest_joints_m: Float[Tensor, "joint 3"],
    weights: Float[Tensor, "vertex joint"],
    pose_directions_m: Float[Tensor, "vertex 3 pose"],
    world_from_joint: Float[Tensor, "frame joint 3 3"],
    root_position_m: Float[Tensor, "frame 3"],
) -> Float[Tensor, "frame vertex 3"]:
    """The posed mesh in the world, metres.

    The rest joints stand behind the vertices as 24 more, from which smplx regresses its joints: clothes, which are in
    the rest vertices already, then do not move them.

    Args:
        pose_directions_m: offset of every vertex for each entry of R - 1 of all joints but the pelvis (`posedirs`).
        world_from_joint: the rotation of each joint in the world.
        root_position_m: where the pelvis stands.
    """
    joints, vertices = len(rest_joints_m), len(rest_vertices_m)
    parents = torch.tensor(PARENTS, device=weights.device)
    relative = world_from_joint.clone()
    relative[:, 1:] = world_from_joint[:, parents[1:]].mT @ world_from_joint[:, 1:]
    points = torch.cat([rest_vertices_m, rest_joints_m])
    own = torch.eye(joints, dtype=weights.dtype, device=weights.device)
    moved, _ = smplx_lbs()(
        betas=points.new_zeros(len(relative), 1),
        pose=relative,
        v_template=points,
        shapedirs=points.new_zeros(*points.shape, 1),
        posedirs=torch.nn.functional.pad(pose_directions_m.flatten(0, 1).mT, (0, 3 * joints)),
        J_regressor=torch.cat([weights.new_zeros(joints, vertices), own], 1),
        parents=parents,
        lbs_weights=torch.cat([weights, own]),
        pose2rot=False,
    )
    return moved[:, :vertices] + (root_position_m - rest_joints_m[0])[:, None]
