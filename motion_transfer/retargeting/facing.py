"""The facing of a motion: its heading in the world, and its rotation about the vertical.

A heading is an angle about y: 0 faces the camera (+z), 90 degrees the camera's right (+x).
"""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.rotations import rotation_about_vertical
from motion_transfer.retargeting.state import RetargetingState

FACINGS = ("source", "target")
UNDIRECTED = 0.1  # a mean of headings shorter than this points nowhere: the body turned all the way round


@dataclass(frozen=True, slots=True, kw_only=True)
class FacingRotation:
    """Rotates the whole motion about the vertical.

    Attributes:
        facing: `source` shows the camera the side of the body that the source's camera saw, `target` makes the mean
            headings equal, a number rotates by so many degrees, to the camera's right.

    Raises:
        ValueError: there is no such facing.
    """

    facing: str | float

    def __post_init__(self) -> None:
        known = self.facing in FACINGS if isinstance(self.facing, str) else math.isfinite(self.facing)
        if not known:
            raise ValueError(
                f"expected facing to be source, target or degrees, got {self.facing!r}; give e.g. facing=90"
            )

    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Rotate path and body."""
        target = state.target
        angle = turn_rad(self.facing, state.source, state.source_camera, target.motion, target.camera)
        return state.with_pose(turned(state.pose, angle))


def facing_directions(pose: BodyPose) -> Float[Tensor, "frame 3"]:
    """Horizontal unit vectors to where the pelvis faces, from its sideways axis so that bending does not matter."""
    to_left = pose.parent_from_joint[:, 0, :, 0]
    x, _, z = to_left.unbind(-1)
    return torch.nn.functional.normalize(torch.stack([-z, torch.zeros_like(x), x], -1), dim=-1)


def mean_heading_rad(motion: BodyMotion) -> float:
    """The mean facing as an angle about y; that of the first seen frame where a motion turns all the way round."""
    directions = facing_directions(motion.pose)[seen_frames(motion)]
    mean = directions.mean(0)
    if mean.norm() < UNDIRECTED:
        mean = directions[0]
    return math.atan2(float(mean[0]), float(mean[2]))


def mean_ground_position_m(motion: BodyMotion) -> Float[Tensor, "3"]:
    """The mean of the path over the seen frames, on the ground."""
    mean = motion.pose.root_position_m[seen_frames(motion)].mean(0)
    return mean * mean.new_tensor([1.0, 0.0, 1.0])


def seen_frames(motion: BodyMotion) -> Tensor:
    """Which frames show the person; all of them where none does."""
    seen = motion.seen
    return seen if bool(seen.any()) else torch.ones_like(seen)


def bearing_rad(position_m: Float[Tensor, "3"], camera: Camera) -> float:
    """The heading from a position to the camera: whoever stands there and has it faces straight into the lens."""
    to_camera = camera.position_m - position_m
    return math.atan2(float(to_camera[0]), float(to_camera[2]))


def turn_rad(
    facing: str | float,
    source: BodyMotion,
    source_camera: Camera | None,
    target: BodyMotion,
    target_camera: Camera,
) -> float:
    """The angle about the vertical by which the source's motion is rotated.

    Args:
        facing: `source` shows the same side of the body to the target's camera as the source's camera saw (headings
            in the world are kept where the source has no camera); `target` makes the mean headings equal; a number
            rotates by so many degrees, to the camera's right.
    """
    if not isinstance(facing, str):
        return math.radians(facing)
    if facing == "target":
        return mean_heading_rad(target) - mean_heading_rad(source)
    if source_camera is None:
        return 0.0
    seen_from = bearing_rad(mean_ground_position_m(source), source_camera)
    return bearing_rad(mean_ground_position_m(target), target_camera) - seen_from


def turned(pose: BodyPose, angle_rad: float) -> BodyPose:
    """The whole motion, path and body, rotated about the vertical axis through the world's origin."""
    turn = rotation_about_vertical(pose.root_position_m.new_tensor(angle_rad))
    rotations = pose.parent_from_joint.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    return replace(pose, parent_from_joint=rotations, root_position_m=pose.root_position_m @ turn.T)
