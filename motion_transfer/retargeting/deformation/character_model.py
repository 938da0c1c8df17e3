"""A matched character -> a body model of its own: the same surface at rest in the T-pose, with joints and skinning.

It takes the place of the free body where footage shows this very character: it has no shape to be estimated.
"""

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import KDTree
from torch import Tensor

from motion_transfer.body.charts import connected_charts
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, PART_OF_JOINT, PARTS
from motion_transfer.body.unwrapping import unwrap
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.geometry.deformation_gradients import solid_areas
from motion_transfer.geometry.mixtures import exact_mixture
from motion_transfer.retargeting.deformation.matching import MatchedCharacter
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage

MOST_FACES = 60_000  # that are drawn and textured in every frame of the footage
NEEDED = ("head", "left_foot", "right_foot")  # parts that the fit and the ground are found by
MIXED = 64  # vertices that a joint is regressed from


def character_model(matched: MatchedCharacter, deform: DeformationStage) -> BodyModel:
    """Turn a character into a body model without shape directions.

    Its surface is brought into the T-pose by deformation transfer. Every vertex takes the skinning weights of the point
    of the matched body that it follows, and joints are where that body has them.

    Raises:
        ValueError: the mesh has too many triangles, or lacks its head or a foot.
    """
    body, faces, weights = matched.body, matched.rest.faces, skinning_weights(matched)
    if len(faces) > MOST_FACES:
        raise ValueError(
            f"expected a character of at most {MOST_FACES:,} triangles for a body of its own, got {len(faces):,}; "
            "decimate it first"
        )
    at_rest = body.posed(
        BodyPose(parent_from_joint=torch.eye(3).repeat(1, len(JOINTS), 1, 1), root_position_m=torch.zeros(1, 3))
    )
    template = deform(at_rest, matched.reference, matched.rest, matched.correspondence, matched.feet).vertices_m()[0]
    template, joints = template - body.rest_joints_m[0], body.rest_joints_m - body.rest_joints_m[0]
    solid = faces[solid_areas(template.double().numpy(), faces) > 0]
    part_weights = weights.double().numpy() @ np.eye(len(PARTS))[list(PART_OF_JOINT)]
    lacking = [part for part in NEEDED if PARTS.index(part) not in part_weights.argmax(1)]
    if lacking:
        raise ValueError(f"expected a character with a head and two feet, got no {lacking[0]}; choose another mesh")
    uv, uv_faces = unwrap(template.double().numpy(), solid, part_weights[solid].sum(1).argmax(1))
    mirror = KDTree(template.numpy()).query(template.numpy() * [-1, 1, 1])[1]
    return BodyModel(
        name=f"{body.model.name}_character",
        template_m=template,
        shape_directions_m=torch.zeros(len(template), 3, 0),
        joint_regressor=joint_mixtures(template, joints),
        weights=weights,
        faces=torch.from_numpy(solid),
        uv=torch.tensor(uv, dtype=torch.float32),
        uv_faces=torch.tensor(uv_faces),
        chart_of_face=connected_charts(torch.tensor(uv_faces)),
        mirror_vertex=torch.tensor(mirror),
    )


def skinning_weights(matched: MatchedCharacter) -> Float[Tensor, "vertex joint"]:
    """The weights of the matched body at the points that the character's vertices follow."""
    corners = matched.body.model.weights[torch.from_numpy(matched.reference.faces[matched.at.face])]
    mixed = (corners * torch.tensor(matched.at.barycentric, dtype=torch.float32)[..., None]).sum(1)
    return mixed / mixed.sum(1, keepdim=True)


def joint_mixtures(
    vertices_m: Float[Tensor, "vertex 3"], joints_m: Float[Tensor, "joint 3"]
) -> Float[Tensor, "joint vertex"]:
    """Rows that sum to 1 and mix each joint from the vertices around it."""
    mixtures = torch.zeros(len(joints_m), len(vertices_m))
    for row, joint_m in zip(mixtures, joints_m, strict=True):
        distance = (vertices_m - joint_m).norm(dim=-1)
        near = distance.topk(min(MIXED, len(distance)), largest=False).indices
        row[near] = exact_mixture(vertices_m[near], joint_m)
    return mixtures
