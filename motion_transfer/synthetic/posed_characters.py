"""Characters of different topology and proportions that can take the same poses: the test bed of unpaired transfer.

The pairing of their shapes is known by construction, and is withheld from any training.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body, vertex_normals
from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.mesh_motion import in_chunks
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.synthetic.characters import Warp, as_it_is, enlarge_head
from motion_transfer.synthetic.limbed_characters import Pose, Proportions, make_limbed
from motion_transfer.synthetic.remeshing import thinned

MARKED = ("head", "spine1", *(f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "knee")))
BODY_VERTICES, AT_ONCE = 900, 8
PAIRS = (("person", "four arms"), ("stout", "long limbs"), ("four arms", "big head"))
LIMBED = {
    "four arms": Proportions(arm_pairs=2, trunk_m=0.6, cell_m=0.07),
    "stout": Proportions(
        arm_m=0.45, leg_m=0.5, limb_m=0.08, trunk_radius_m=0.2, shoulder_m=0.26, hip_m=0.15, head_m=0.18, cell_m=0.075
    ),
    "long limbs": Proportions(arm_m=0.95, leg_m=1.05, limb_m=0.055, trunk_m=0.45, trunk_radius_m=0.11, cell_m=0.06),
}
Shapes = Float[np.ndarray, "pose vertex 3"]


@value
class PosedCharacter:
    """A character that takes poses.

    Attributes:
        mesh: in the T-pose.
        markers: the vertices at the joints of `MARKED`, for methods that need some.
        take: poses -> vertices.
    """

    name: str
    mesh: TriangleMesh
    markers: Int[np.ndarray, "marker"]
    take: Callable[[Sequence[Pose]], Shapes]


def posed_character(name: str, model: BodyModel) -> PosedCharacter:
    """One of the characters of `PAIRS`.

    Args:
        model: of those that are people.
    """
    if name not in LIMBED:
        return _person(name, model, enlarge_head if name == "big head" else as_it_is)
    made = make_limbed(LIMBED[name])
    joints = {one: made.joints_m[made.joints.index(one)] for one in MARKED}

    def take(poses: Sequence[Pose]) -> Shapes:
        return np.stack([made.posed(pose) for pose in poses])

    return PosedCharacter(name=name, mesh=made.mesh, markers=_nearest(made.mesh, joints), take=take)


def _person(name: str, model: BodyModel, warp: Warp) -> PosedCharacter:
    """The body, thinned, perhaps warped at rest."""
    plain = shape_body(model, BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS))))
    rest = warp(plain.rest_vertices_m, plain.rest_joints_m)
    body = ShapedBody(
        model=model,
        rest_vertices_m=rest,
        rest_normals=vertex_normals(rest, model.faces),
        rest_joints_m=warp(plain.rest_joints_m, plain.rest_joints_m),
    )
    mesh, kept = thinned(TriangleMesh(vertices_m=rest.double().numpy(), faces=model.faces.numpy()), BODY_VERTICES)
    joints = {one: body.rest_joints_m[joint(one)].double().numpy() for one in MARKED}

    def take(poses: Sequence[Pose]) -> Shapes:
        rotations = torch.eye(3).repeat(len(poses), len(JOINTS), 1, 1)
        for index, pose in enumerate(poses):
            for one, rotation in pose.items():
                if one in JOINTS:
                    rotations[index, joint(one)] = torch.tensor(rotation, dtype=torch.float32)
        posed = body.posed(BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(len(poses), 3)))
        return np.concatenate([chunk.double().numpy()[:, kept] for chunk in in_chunks(posed, AT_ONCE)])

    return PosedCharacter(name=name, mesh=mesh, markers=_nearest(mesh, joints), take=take)


def _nearest(mesh: TriangleMesh, joints_m: dict[str, Float[np.ndarray, "3"]]) -> Int[np.ndarray, "marker"]:
    return np.array([np.linalg.norm(mesh.vertices_m - at, axis=1).argmin() for at in joints_m.values()])
