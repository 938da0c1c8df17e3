"""A body in the shape of a character: the body's joints and skinning on a surface that was registered to it."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, vertex_normals
from motion_transfer.body.skeleton import PARENTS
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.retargeting.deformation.articulation import Stretched


def character_body(
    model: BodyModel, stance: Stretched, stance_m: Float[Tensor, "vertex 3"], registered_m: Float[Tensor, "vertex 3"]
) -> tuple[ShapedBody, BodyPose]:
    """Unpose a registered surface: a body at rest in the T-pose, and its pose of one frame that gives the surface.

    Joints move with the vertices that their regressor mixes. Linear blend skinning is undone vertex by vertex.

    Args:
        stance: the stretched body near the character, and `stance_m` its vertices.
        registered_m: the same vertices after the non-rigid registration.
    """
    joints = stance.joints_m + model.joint_regressor @ (registered_m - stance_m)
    rotations = stance.rotations
    rest_joints = [torch.zeros_like(joints[0])]
    local = [rotations[0]]
    for j, parent in enumerate(PARENTS[1:], start=1):
        rest_joints.append(rest_joints[parent] + rotations[parent].T @ (joints[j] - joints[parent]))
        local.append(rotations[parent].T @ rotations[j])
    rest = torch.stack(rest_joints)
    shifts = joints - (rotations @ rest[..., None])[..., 0]
    blended = (model.weights @ rotations.flatten(1)).unflatten(1, (3, 3))
    vertices = torch.linalg.solve(blended.double(), (registered_m - model.weights @ shifts).double()).float()
    body = ShapedBody(
        model=model, rest_vertices_m=vertices, rest_normals=vertex_normals(vertices, model.faces), rest_joints_m=rest
    )
    pose = BodyPose(parent_from_joint=torch.stack(local)[None], root_position_m=joints[:1].clone())
    return body, pose
