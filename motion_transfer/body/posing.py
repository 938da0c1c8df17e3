"""The chain model -> shaped -> posed -> mesh. An unshaped body cannot be posed.

Linear blend skinning (Loper et al. 2015, eq. 2-4, without pose-dependent offsets): a vertex v at rest moves to
sum_j w_j G_j v, where G_j = world_from_rest of joint j takes the joint from its rest position to its pose. The mesh of
an SMPL file's body is posed by the package smplx instead, which adds those offsets; its joints are the same.
"""

from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.fingers import finger_transforms, moved_by_fingers
from motion_transfer.body.kinematics import forward_kinematics
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import ANKLES, HANDS, HIPS, KNEES, joint
from motion_transfer.body.smplx_posing import pose_by_smplx
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.mesh_motion import ALL_FRAMES
from motion_transfer.domain.value import value

AT_ONCE = (
    2048  # frames whose joints are chained at once: what is in between takes several times the memory of the result
)
KEPT = 8  # bodies, one or two for each clip of a run
FOLDS = 8  # rounds of averaging with the neighbours that close gaps between fingers and toes


@value
class ShapedBody:
    """One person at rest: vertices with their clothing offset, and joints; body axes, metres."""

    model: BodyModel
    rest_vertices_m: Float[Tensor, "vertex 3"]
    rest_normals: Float[Tensor, "vertex 3"]
    rest_joints_m: Float[Tensor, "joint 3"]

    def posed(self, pose: BodyPose, *, fingers: bool = True) -> "PosedBody":
        """The body in the world, one pose a frame.

        Args:
            fingers: turn them as the pose says. Pictures of hands are taken over whole, with fingers at rest: curls are
                known to some 15 degrees, and a hand that is warped from one to another is torn.
        """
        world_from_rest, joints = skinning_transforms(self.rest_joints_m, pose.parent_from_joint, pose.root_position_m)
        turned = pose.fingers if fingers and self.model.finger_weights is not None else None
        return PosedBody(shaped=self, world_from_rest=world_from_rest, joints_m=joints, fingers=turned)

    @property
    def leg_length_m(self) -> float:
        """Hip to knee to ankle at rest, mean of both legs."""
        hip, knee, ankle = (self.rest_joints_m[pair] for pair in (HIPS, KNEES, ANKLES))
        return float(((hip - knee).norm(dim=-1) + (knee - ankle).norm(dim=-1)).mean())

    @property
    def height_m(self) -> float:
        """From the lowest to the highest vertex at rest."""
        return float(self.rest_vertices_m[:, 1].max() - self.rest_vertices_m[:, 1].min())


@value
class PosedBody:
    """One person in the world, a mesh motion; the mesh is computed by `vertices_m`."""

    shaped: ShapedBody
    world_from_rest: Float[Tensor, "frame joint 4 4"]
    joints_m: Float[Tensor, "frame joint 3"]
    fingers: Float[Tensor, "frame 30 3 3"] | None = None

    @property
    def faces(self) -> Int[Tensor, "face 3"]:
        """Triangles with outward winding."""
        return self.shaped.model.faces

    def __len__(self) -> int:
        return len(self.joints_m)

    def finger_joints_m(self) -> Float[Tensor, "frame finger 3"] | None:
        """Where the finger joints stand in the world; None for a body without them."""
        model = self.shaped.model
        if model.finger_regressor is None:
            return None
        rest_m = model.finger_regressor @ self.shaped.rest_vertices_m
        still = torch.eye(3).expand(len(self), len(rest_m), 3, 3)
        turned = finger_transforms(
            rest_m, self.world_from_rest[:, HANDS], still if self.fingers is None else self.fingers
        )
        return (turned[..., :3] @ rest_m[..., None])[..., 0] + turned[..., 3]

    def vertices_m(self, frames: slice = ALL_FRAMES) -> Float[Tensor, "f vertex 3"]:
        """The posed mesh in the world, in some frames or in all.

        Raises:
            ValueError: it is an SMPL file's body, and the package smplx is not installed.
        """
        body, model, world_from_rest = self.shaped, self.shaped.model, self.world_from_rest[frames]
        if model.pose_directions_m is None:
            posed = skin(body.rest_vertices_m, model.weights, world_from_rest)
            if self.fingers is None:
                return posed
            return moved_by_fingers(model, body.rest_vertices_m, posed, world_from_rest, self.fingers[frames])
        return pose_by_smplx(
            body.rest_vertices_m,
            body.rest_joints_m,
            model.weights,
            model.pose_directions_m,
            world_from_rest[..., :3, :3],
            self.joints_m[frames, 0],
        )


@lru_cache(maxsize=KEPT)
def shape_body(model: BodyModel, shape: BodyShape) -> ShapedBody:
    """A body model and a shape -> one person: betas move vertices and joints, clothing lifts the surface off.

    The clothing offset blends between joints by `clothing_offset_weights`, so that the surface stays whole. The body
    is the same object as long as the model and the shape are.
    """
    naked, directions = _naked(model, shape.betas)
    offset_m = clothing_offset_weights(model) @ shape.clothing_offset_m
    lifted = naked + offset_m[:, None] * directions
    return ShapedBody(
        model=model,
        rest_vertices_m=lifted,
        rest_normals=vertex_normals(lifted, model.faces),
        rest_joints_m=model.joint_regressor @ naked,
    )


def skinning_transforms(
    rest_joints_m: Float[Tensor, "joint 3"],
    parent_from_joint: Float[Tensor, "frame joint 3 3"],
    root_position_m: Float[Tensor, "frame 3"],
) -> tuple[Float[Tensor, "frame joint 4 4"], Float[Tensor, "frame joint 3"]]:
    """G_j of every joint, and the joints in the world; the pelvis stands at the root position."""
    parts = zip(parent_from_joint.split(AT_ONCE), root_position_m.split(AT_ONCE), strict=True)
    transforms, joints = zip(*(_transforms(rest_joints_m, *part) for part in parts), strict=True)
    return torch.cat(transforms), torch.cat(joints)


def _transforms(
    rest_joints_m: Float[Tensor, "joint 3"],
    parent_from_joint: Float[Tensor, "some joint 3 3"],
    root_position_m: Float[Tensor, "some 3"],
) -> tuple[Float[Tensor, "some joint 4 4"], Float[Tensor, "some joint 3"]]:
    rotations, positions_m = forward_kinematics(rest_joints_m, parent_from_joint)
    joints_m = positions_m + root_position_m[:, None]
    shifts_m = joints_m - (rotations @ rest_joints_m[..., None])[..., 0]
    last_row = rotations.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(*joints_m.shape[:2], 1, 4)
    return torch.cat([torch.cat([rotations, shifts_m[..., None]], -1), last_row], -2), joints_m


def skin(
    rest_m: Float[Tensor, "vertex 3"], weights: Float[Tensor, "vertex joint"], world_from_rest: Float[Tensor, "f j 4 4"]
) -> Float[Tensor, "f vertex 3"]:
    """Linear blend skinning of points at rest."""
    mixed = (weights @ world_from_rest[:, :, :3].flatten(2)).unflatten(-1, (3, 4))
    return (mixed[..., :3] * rest_m[:, None]).sum(-1) + mixed[..., 3]


def vertex_normals(vertices_m: Float[Tensor, "vertex 3"], faces: Tensor) -> Float[Tensor, "vertex 3"]:
    """Unit normals, the mean of the touching faces weighted by their area."""
    a, b, c = vertices_m[faces].unbind(1)
    face_normals = torch.linalg.cross(b - a, c - a)
    summed = torch.zeros_like(vertices_m).index_add(0, faces.flatten(), face_normals.repeat_interleave(3, 0))
    return torch.nn.functional.normalize(summed, dim=-1)


@lru_cache(maxsize=KEPT)
def _naked(model: BodyModel, betas: Float[Tensor, "beta"]) -> tuple[Tensor, Tensor]:
    """Vertices without clothes, and where clothes lift them; once for all that the same person wears."""
    naked = model.template_m + model.shape_directions_m @ betas
    return naked, clothing_offset_directions(naked, model.faces)


@lru_cache(maxsize=KEPT)
def clothing_offset_weights(model: BodyModel) -> Float[Tensor, "vertex joint"]:
    """Weight of each joint's clothing offset at each vertex: the skinning weight, but none on throat and face.

    The offset of head and neck is hair, which hangs behind and beside them: their weights fall to zero where the
    normals at rest point within 60 degrees of straight ahead.
    """
    forward = clothing_offset_directions(model.template_m, model.faces)[:, 2]
    weights = model.weights.clone()
    weights[:, [joint("neck"), joint("head")]] *= (1 - 2 * forward).clamp(0, 1)[:, None]
    return weights


def clothing_offset_directions(vertices_m: Float[Tensor, "vertex 3"], faces: Tensor) -> Float[Tensor, "vertex 3"]:
    """Unit normals of the surface without its small folds: clothes lift off fingers and toes together, like mittens."""
    directions = vertex_normals(vertices_m, faces)
    corners = faces.flatten()
    for _ in range(FOLDS):
        of_faces = directions[faces].sum(1)
        spread = torch.zeros_like(directions).index_add(0, corners, of_faces.repeat_interleave(3, 0))
        directions = torch.nn.functional.normalize(spread, dim=-1)
    return directions
