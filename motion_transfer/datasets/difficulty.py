"""How hard frames are for who learns to paint a body in them: unusual poses, and poses in which it hides itself."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import rasterize
from motion_transfer.training.samplers import pose_difficulty

SIDE = 64  # pixels of the picture in which the body is measured: small, since only areas are wanted
HIDDEN_WEIGHT = 1.0  # of a body that hides itself wholly, against a pose at the median distance
AT_ONCE = 32  # frames


def frame_difficulty(body: ShapedBody, pose: BodyPose, camera: Camera) -> Float[Tensor, "frame"]:
    """Distance from the mean pose, as the body faces the camera, and how much of the body is behind itself."""
    joints, hidden = [], []
    for first in range(0, len(pose.root_position_m), AT_ONCE):
        posed = body.posed(pose[first : first + AT_ONCE])
        joints.append((posed.joints_m - posed.joints_m[:, :1]).flatten(1))
        hidden.append(hidden_fraction(posed.vertices_m(), body.model.faces, camera))
    return pose_difficulty(torch.cat(joints), torch.cat(hidden), hidden_weight=HIDDEN_WEIGHT)


def hidden_fraction(
    vertices_m: Float[Tensor, "frame vertex 3"], faces: Int[Tensor, "face 3"], camera: Camera
) -> Float[Tensor, "frame"]:
    """Share of the surface that faces the camera, as it shows there, but lies behind other parts of the body."""
    pixels, depth = camera.project(vertices_m)
    low, high = pixels.amin(1, keepdim=True), pixels.amax(1, keepdim=True)
    pixels = (pixels - low) * (SIDE / (high - low).amax(-1, keepdim=True).clamp(min=1e-6))
    covered = rasterize(pixels, depth, faces, ImageSize(height=SIDE, width=SIDE)).covered.flatten(1).sum(1)
    a, b, c = pixels[:, faces].unbind(2)
    twice = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    facing = (-twice).clamp(min=0).sum(1) / 2  # y is down: what faces the camera winds the other way
    return (1 - covered / facing.clamp(min=1)).clamp(0, 1)
