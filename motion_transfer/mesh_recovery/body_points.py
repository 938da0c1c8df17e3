"""Joints and landmarks of many bodies at once, each of its own shape, differentiable: what losses compare."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.body.anchors import Anchors
from motion_transfer.body.kinematics import LEVELS
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, PARENTS


class BodyPoints(nn.Module):
    """Pose and shape of each body -> its joints, then its landmarks, relative to the pelvis in the pose's axes."""

    rest_m: Tensor
    rest_directions_m: Tensor
    anchors: Tensor
    anchor_directions: Tensor

    def __init__(self, *, betas: int, landmarks: int) -> None:
        """Points that are all at the origin, until they are those of a model or come from a file."""
        super().__init__()
        self.register_buffer("rest_m", torch.zeros(len(JOINTS), 3))
        self.register_buffer("rest_directions_m", torch.zeros(len(JOINTS), 3, betas))
        self.register_buffer("anchors", torch.zeros(landmarks, len(JOINTS), 4))
        self.register_buffer("anchor_directions", torch.zeros(landmarks, len(JOINTS), 4, betas))

    @staticmethod
    def of(model: BodyModel, landmarks: Anchors) -> "BodyPoints":
        """The joints of a body model and the landmarks of a detector on it."""
        points = BodyPoints(betas=model.betas, landmarks=len(landmarks.names))
        points.rest_m.copy_(model.joint_regressor @ model.template_m)
        points.rest_directions_m.copy_(torch.einsum("jv,vcb->jcb", model.joint_regressor, model.shape_directions_m))
        points.anchors.copy_(landmarks.template_m)
        points.anchor_directions.copy_(landmarks.directions_m)
        return points

    def forward(
        self, parent_from_joint: Float[Tensor, "body joint 3 3"], betas: Float[Tensor, "body beta"]
    ) -> Float[Tensor, "body point 3"]:
        """24 joints and the landmarks, metres."""
        rest = self.rest_m + torch.einsum("jcb,nb->njc", self.rest_directions_m, betas)
        rotations, joints = _chained(rest, parent_from_joint)
        shifts = joints - (rotations @ rest[..., None])[..., 0]
        anchors = self.anchors + torch.einsum("ajcb,nb->najc", self.anchor_directions, betas)
        turned = torch.einsum("njrc,najc->nar", torch.cat([rotations, shifts[..., None]], -1), anchors)
        return torch.cat([joints, turned], 1)


def _chained(
    rest_m: Float[Tensor, "body joint 3"], parent_from_joint: Float[Tensor, "body joint 3 3"]
) -> tuple[Float[Tensor, "body joint 3 3"], Float[Tensor, "body joint 3"]]:
    """Rotations and positions relative to the pelvis: `forward_kinematics` for bodies of different shapes."""
    parents = torch.tensor(PARENTS[1:], device=rest_m.device)
    offsets = rest_m[:, 1:] - rest_m[:, parents]
    rotation, position = parent_from_joint[:, :1], torch.zeros_like(rest_m[:, :1])
    rotations, positions = [rotation], [position]
    for joints, above in LEVELS:
        above = above.to(rest_m.device)
        parent = rotation[:, above]
        step = offsets[:, joints.start - 1 : joints.stop - 1]
        position = position[:, above] + (parent @ step[..., None])[..., 0]
        rotation = parent @ parent_from_joint[:, joints]
        rotations.append(rotation)
        positions.append(position)
    return torch.cat(rotations, 1), torch.cat(positions, 1)


def in_crop_units(
    points_m: Float[Tensor, "body point 3"],
    root_position_m: Float[Tensor, "body 3"],
    half_field: Float[Tensor, "body"],
) -> Float[Tensor, "body point 2"]:
    """Where points relative to the pelvis are seen in the crop; those nearer than 10 cm are taken at 10 cm."""
    at = points_m + root_position_m[:, None]
    depth = (-at[..., 2]).clamp(min=0.1) * half_field[:, None]
    return torch.stack([at[..., 0], -at[..., 1]], -1) / depth[..., None]
