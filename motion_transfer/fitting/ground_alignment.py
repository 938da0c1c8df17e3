"""Gravity from the ground: the plane that the feet stand on becomes y = 0, and the camera looks down on it."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.fitting.state import FitState


def horizontal_camera(size: ImageSize, focal: float) -> Camera:
    """A camera at the origin that looks along the horizon.

    Args:
        focal: focal length as a share of the picture's longer side.
    """
    focal_px = focal * max(size.height, size.width)
    return Camera(
        intrinsics_px=torch.tensor([[focal_px, 0, size.width / 2], [0, focal_px, size.height / 2], [0, 0, 1.0]]),
        camera_from_world=torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0])),
        size=size,
    )


def align_to_ground(state: FitState, camera: Camera) -> tuple[FitState, Camera]:
    """Turn the world about the camera's x axis and lift it until the ground is y = 0; the picture stays the same."""
    turn, lift = world_from_tilted(state.ground)
    rotations = state.parent_from_joint.clone()
    rotations[:, joint("pelvis")] = turn @ rotations[:, joint("pelvis")]
    levelled = FitState(
        betas=state.betas,
        parent_from_joint=rotations,
        root_position_m=state.root_position_m @ turn.T + lift,
        ground=torch.zeros(2),
    )
    old_from_new = torch.eye(4)
    old_from_new[:3, :3], old_from_new[:3, 3] = turn.T, -turn.T @ lift
    return levelled, Camera(
        intrinsics_px=camera.intrinsics_px, camera_from_world=camera.camera_from_world @ old_from_new, size=camera.size
    )


def world_from_tilted(ground: Float[Tensor, "2"]) -> tuple[Float[Tensor, "3 3"], Float[Tensor, "3"]]:
    """Rotation and shift that bring the plane y = height + slope * z to y = 0."""
    height, slope = ground
    angle = torch.atan(slope)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    turn = torch.eye(3)
    turn[1, 1], turn[1, 2], turn[2, 1], turn[2, 2] = cosine, -sine, sine, cosine
    return turn, torch.stack([torch.zeros(()), -cosine * height, torch.zeros(())])
