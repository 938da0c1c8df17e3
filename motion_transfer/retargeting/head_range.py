"""The head turns no further from the camera than the target was filmed: nobody knows what it looks like from there."""

from dataclasses import dataclass, replace

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import PARENTS, joint
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.retargeting.facing import seen_frames
from motion_transfer.retargeting.state import RetargetingState, check_not_negative

HEADS = ("free", "limited")
HEAD, NECK = joint("head"), joint("neck")
MOST_DEG = 75.0  # of the head against the chest
SHARES = 21  # of a turn that are tried where all of it would be too much
NOTABLE_DEG = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRange:
    """Turns head and neck back where the camera would see the head as no frame of the target does.

    Attributes:
        head: `free` changes nothing, `limited` keeps to the target's footage.
        tolerance_deg: from the nearest side that was filmed.
        smoothing_s: sigma over which turns begin and end.

    Raises:
        ValueError: there is no such choice, or a number is negative.
    """

    head: str
    tolerance_deg: float
    smoothing_s: float

    def __post_init__(self) -> None:
        if self.head not in HEADS:
            raise ValueError(f"expected head to be free or limited, got {self.head!r}; take one of them")
        check_not_negative(tolerance_deg=self.tolerance_deg, smoothing_s=self.smoothing_s)

    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Turn the head; feet and path stay."""
        if self.head == "free":
            return state
        target = state.target
        filmed = toward_camera(target.body, target.motion.pose, target.camera)[seen_frames(target.motion)]
        driven = toward_camera(target.body, state.pose, target.camera)
        turns = turns_into_range(driven, filmed, self.tolerance_deg)
        fps, shots = float(state.source.fps), state.shots()
        turns = torch.cat([smooth_over_frames(turns[shot], fps, sigma_s=self.smoothing_s) for shot in shots])
        pose, turns = with_head_turned(target.body, state.pose, turns)
        turned = torch.rad2deg(turns.norm(dim=1)) > NOTABLE_DEG
        if not turned.any():
            return state.with_pose(pose)
        return state.with_pose(
            pose,
            f"The head was turned back in {int(turned.sum())} of {len(turned)} frames, by up to "
            f"{float(torch.rad2deg(turns.norm(dim=1)).max()):.0f} degrees, as the target was never filmed from there.",
        )


def toward_camera(body: ShapedBody, pose: BodyPose, camera: Camera) -> Float[Tensor, "frame 3"]:
    """Unit vectors from the head to the camera, along the head's own axes."""
    posed = body.posed(pose)
    away_m = camera.position_m - posed.joints_m[:, HEAD]
    world_from_head = posed.world_from_rest[:, HEAD, :3, :3]
    return torch.nn.functional.normalize((world_from_head.mT @ away_m[..., None])[..., 0], dim=1)


def turns_into_range(
    driven: Float[Tensor, "frame 3"], filmed: Float[Tensor, "known 3"], tolerance_deg: float
) -> Float[Tensor, "frame 3"]:
    """Rotation vectors in the head's axes, after which the camera lies within the tolerance of a filmed direction.

    Args:
        driven, filmed: as of `toward_camera`.
    """
    nearest = filmed[(driven @ filmed.T).argmax(1)]
    axis = torch.linalg.cross(nearest, driven)
    angle = torch.atan2(axis.norm(dim=1), (nearest * driven).sum(1))
    excess = (angle - torch.deg2rad(angle.new_tensor(tolerance_deg))).clamp(min=0)
    return torch.nn.functional.normalize(axis, dim=1) * excess[:, None]


def with_head_turned(
    body: ShapedBody, pose: BodyPose, turns: Float[Tensor, "frame 3"]
) -> tuple[BodyPose, Float[Tensor, "frame 3"]]:
    """Turn the head, half of it in the neck, as far as the head turns against the chest.

    Args:
        turns: rotation vectors in the head's axes.

    Returns:
        The pose, and the turns that were made.
    """
    chest = PARENTS[NECK]
    world = body.posed(pose).world_from_rest[:, :, :3, :3]
    turns = turns * _possible_share(world[:, chest].mT @ world[:, HEAD], turns)[:, None]
    halves = world[:, HEAD] @ roma.rotvec_to_rotmat(turns / 2) @ world[:, HEAD].mT
    head, neck = world[:, HEAD] @ roma.rotvec_to_rotmat(turns), halves @ world[:, NECK]
    rotations = pose.parent_from_joint.clone()
    rotations[:, NECK], rotations[:, HEAD] = world[:, chest].mT @ neck, neck.mT @ head
    return replace(pose, parent_from_joint=rotations), turns


def _possible_share(
    chest_from_head: Float[Tensor, "frame 3 3"], turns: Float[Tensor, "frame 3"]
) -> Float[Tensor, "frame"]:
    """The largest share of each turn that leaves the head within its range, or makes it no worse."""
    shares = torch.linspace(0, 1, SHARES)
    tried = chest_from_head[:, None] @ roma.rotvec_to_rotmat(shares[:, None] * turns[:, None])
    degrees = torch.rad2deg(roma.rotmat_to_rotvec(tried).norm(dim=-1))
    fits = degrees <= degrees[:, :1].clamp(min=MOST_DEG)
    return shares[(fits.cumprod(1).sum(1) - 1).clamp(min=0)]
