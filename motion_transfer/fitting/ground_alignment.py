"""Gravity from the ground: the plane that the feet stand on becomes y = 0, and the camera looks down on it."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.body.support import lowest_point_m
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.fitting.state import FitState

LOWEST, MOST_OFF_M = 0.05, 0.08  # quantile over frames of the lowest point, and how far it may lie off the ground


def horizontal_camera(size: ImageSize, focal: float) -> Camera:
    """A camera at the origin that looks along the horizon.

    Args:
        focal: focal length as a fraction of the picture's longer side.
    """
    focal_px = focal * max(size.height, size.width)
    return Camera(
        intrinsics_px=torch.tensor([[focal_px, 0, size.width / 2], [0, focal_px, size.height / 2], [0, 0, 1.0]]),
        camera_from_world=torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0])),
        size=size,
    )


def stand_on_ground(
    model: BodyModel, state: FitState, camera: Camera, seen: Bool[Tensor, "frame"]
) -> tuple[FitState, Camera, tuple[str, ...]]:
    """Make the ground that was found y = 0; where the body never comes near it, its lowest point makes the ground.

    Who never stands on both feet, as on a single picture of a step, tells the fit little of where the ground is.

    Args:
        seen: frames that show the person.

    Returns:
        the state, the camera, and what was done in a sentence for the report.
    """
    state, camera = align_to_ground(state, camera)
    body = shape_body(model, BodyShape(betas=state.betas, clothing_offset_m=torch.zeros(len(JOINTS))))
    pose = BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
    lowest = lowest_point_m(body, body.posed(pose).world_from_rest)[seen]
    if not len(lowest) or abs(off_m := float(lowest.quantile(LOWEST))) <= MOST_OFF_M:
        return state, camera, ()
    down = torch.tensor([0.0, off_m, 0.0])
    moved = camera.camera_from_world.clone()
    moved[:3, 3] += moved[:3, :3] @ down
    note = f"the ground that was found lay {100 * abs(off_m):.0f} cm off the lowest foot, and was moved to it"
    return (
        replace(state, root_position_m=state.root_position_m - down),
        Camera(intrinsics_px=camera.intrinsics_px, camera_from_world=moved, size=camera.size),
        (note,),
    )


def align_to_ground(state: FitState, camera: Camera) -> tuple[FitState, Camera]:
    """Turn the world about the camera's x axis and lift it until the ground is y = 0; the picture stays the same."""
    rotation, shift_m = level_from_sloped(state.ground)
    rotations = state.parent_from_joint.clone()
    rotations[:, joint("pelvis")] = rotation @ rotations[:, joint("pelvis")]
    aligned = FitState(
        betas=state.betas,
        parent_from_joint=rotations,
        root_position_m=state.root_position_m @ rotation.T + shift_m,
        ground=torch.zeros(2),
    )
    sloped_from_level = torch.eye(4)
    sloped_from_level[:3, :3], sloped_from_level[:3, 3] = rotation.T, -rotation.T @ shift_m
    return aligned, Camera(
        intrinsics_px=camera.intrinsics_px,
        camera_from_world=camera.camera_from_world @ sloped_from_level,
        size=camera.size,
    )


def level_from_sloped(ground: Float[Tensor, "2"]) -> tuple[Float[Tensor, "3 3"], Float[Tensor, "3"]]:
    """Ground plane y = height + slope * z -> the rotation and the shift that bring it to y = 0."""
    height, slope = ground
    angle = torch.atan(slope)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    rotation = torch.eye(3)
    rotation[1, 1], rotation[1, 2], rotation[2, 1], rotation[2, 2] = cosine, -sine, sine, cosine
    return rotation, torch.stack([torch.zeros(()), -cosine * height, torch.zeros(())])
