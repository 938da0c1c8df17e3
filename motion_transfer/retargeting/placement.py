"""Placement of a motion in the target's scene: about where the target stood, as deep, and inside of the picture."""

import dataclasses
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.retargeting.facing import mean_ground_position_m, seen_frames
from motion_transfer.retargeting.state import RetargetingState, check_not_negative
from motion_transfer.retargeting.target_scene import TargetScene

BODY_MARGIN_M = 0.12  # how far hands, head and hips reach beyond their joints
STRIDE_M = 0.3  # how far a front foot stands before the hips
SCALES = 201
TOLERANCE_M = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePlacement:
    """Moves the path into the target's scene, and narrows it where it would leave the picture.

    Attributes:
        depth_margin_m: how much nearer and farther than the target was seen the path may lead.
        picture_margin: fraction of the picture's width that stays free at its left and right.

    Raises:
        ValueError: a margin is negative, or leaves no picture.
    """

    depth_margin_m: float
    picture_margin: float

    def __post_init__(self) -> None:
        check_not_negative(depth_margin_m=self.depth_margin_m)
        if not 0 <= self.picture_margin < 0.5:
            raise ValueError(
                f"expected picture_margin in [0, 0.5), got {self.picture_margin}; give a fraction such as 0.02"
            )

    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Place the path."""
        pose, notes = place(
            state.pose,
            mean_ground_position_m(dataclasses.replace(state.source, pose=state.pose)),
            state.target,
            depth_margin_m=self.depth_margin_m,
            picture_margin=self.picture_margin,
        )
        return state.with_pose(pose, *notes)


def place(
    pose: BodyPose, mean_m: Float[Tensor, "3"], scene: TargetScene, *, depth_margin_m: float, picture_margin: float
) -> tuple[BodyPose, tuple[str, ...]]:
    """Move the path to the target's ground, keep it as deep as the target went, and keep the body in the picture.

    Args:
        mean_m: the mean ground position of the pose's path, which goes to the target's.
        depth_margin_m: how much nearer and farther than the target the path may lead.
        picture_margin: fraction of the picture's width to keep free at its left and right; where the target's own body
            went farther out, the motion may as well.

    Returns:
        The pose, and notes on what was narrowed.
    """
    target_mean = mean_ground_position_m(scene.motion)
    path = pose.root_position_m - mean_m + target_mean
    near, far = depth_range_m(scene)
    limit = max(near, min(near + depth_margin_m, near_limit_m(scene.camera, target_mean)))
    deep = soft_clamp(path[:, 2], far, near, far_margin=depth_margin_m, near_margin=limit - near)
    notes: tuple[str, ...] = ()
    if (deep - path[:, 2]).abs().max() > 0.05:
        notes += (
            f"The path led {float(path[:, 2].max() - path[:, 2].min()):.1f} m toward or away from the camera and was "
            f"held to {float(deep.max() - deep.min()):.1f} m, near to where the target person was seen.",
        )
    path = torch.stack([path[:, 0], path[:, 1], deep], -1)
    placed = replace(pose, root_position_m=path)
    left, right = _picture_bounds_px(scene, picture_margin)
    low, high = sideways_bounds_m(scene.body.posed(placed).joints_m, scene.camera, left, right)
    across, scale, moved = fit_sideways(path[:, 0], low, high)
    if scale < 1:
        notes += (f"Sideways steps were narrowed to {100 * scale:.0f} % to stay in the target's picture.",)
    if abs(moved) > 0.05:
        notes += (f"The motion was moved by {100 * abs(moved):.0f} cm sideways to stay in the target's picture.",)
    path = torch.stack([across, path[:, 1], path[:, 2]], -1)
    return replace(pose, root_position_m=path), notes


def depth_range_m(scene: TargetScene) -> tuple[float, float]:
    """The nearest (greatest) and the farthest (least) z of the target's hips."""
    depth = scene.motion.pose.root_position_m[seen_frames(scene.motion), 2]
    return float(depth.max()), float(depth.min())


def near_limit_m(camera: Camera, at_m: Float[Tensor, "3"]) -> float:
    """The z of hips whose front foot stands at the picture's lower edge; infinite for a camera that sees no ground."""
    u, _ = camera.project(at_m)
    edge = torch.stack([u[0], u.new_tensor(float(camera.size.height))])
    centre, below = (camera.unproject(edge, u.new_tensor(depth)) for depth in (0.0, 1.0))
    ray = below - centre
    if ray[1] >= -1e-6 or centre[1] <= 0:
        return float("inf")
    return float(centre[2] - ray[2] * centre[1] / ray[1]) - STRIDE_M


def soft_clamp(
    values: Float[Tensor, "frame"], low: float, high: float, *, far_margin: float, near_margin: float
) -> Float[Tensor, "frame"]:
    """The values as they are between low and high; beyond, ever flatter, they never pass the margins."""
    above, below = (values - high).clamp(min=0), (low - values).clamp(min=0)
    return values.clamp(low, high) + _saturated(above, near_margin) - _saturated(below, far_margin)


def _saturated(excess: Float[Tensor, "frame"], limit: float) -> Float[Tensor, "frame"]:
    return limit * torch.tanh(excess / limit) if limit > 0 else torch.zeros_like(excess)


def _picture_bounds_px(scene: TargetScene, picture_margin: float) -> tuple[float, float]:
    """The left and right bound for the body: the picture less a margin, or where the target's own body reached."""
    seen = scene.motion.pose.parent_from_joint[seen_frames(scene.motion)]
    path = scene.motion.pose.root_position_m[seen_frames(scene.motion)]
    joints = scene.body.posed(BodyPose(parent_from_joint=seen, root_position_m=path)).joints_m
    column, around, _ = _columns_px(joints, scene.camera)
    width = scene.camera.size.width
    left = min(picture_margin * width, float((column - around).min()))
    return left, max((1 - picture_margin) * width, float((column + around).max()))


def sideways_bounds_m(
    joints_m: Float[Tensor, "frame joint 3"], camera: Camera, left_px: float, right_px: float
) -> tuple[Float[Tensor, "frame"], Float[Tensor, "frame"]]:
    """How far the body may move to the left (negative) and to the right in each frame without leaving the bounds.

    Where the body is wider than the bounds, both are the shift that centres it.
    """
    column, around, metres = _columns_px(joints_m, camera)
    low = ((left_px - column + around) * metres).amax(1)
    high = ((right_px - column - around) * metres).amin(1)
    middle = (low + high) / 2
    return torch.minimum(low, middle), torch.maximum(high, middle)


def _columns_px(
    joints_m: Float[Tensor, "frame joint 3"], camera: Camera
) -> tuple[Float[Tensor, "frame joint"], Float[Tensor, "frame joint"], Float[Tensor, "frame joint"]]:
    """The column of each joint, the body's extent around it in pixels, and metres a pixel at its depth."""
    pixels, depth = camera.project(joints_m)
    metres = depth.clamp(min=0.1) / camera.intrinsics_px[0, 0]
    return pixels[..., 0], BODY_MARGIN_M / metres, metres


def fit_sideways(
    across_m: Float[Tensor, "frame"], low_m: Float[Tensor, "frame"], high_m: Float[Tensor, "frame"]
) -> tuple[Float[Tensor, "frame"], float, float]:
    """Scale a sideways path about its mean, and move the mean, as little as keeps it in its bounds.

    Args:
        low_m, high_m: how far each frame may move.

    Returns:
        The path, the scale (at most 1; the greatest that fits, or the one that fits best where none does), and how far
        the mean was moved for it.
    """
    mean = across_m.mean()
    scales = torch.linspace(1, 0, SCALES, dtype=across_m.dtype, device=across_m.device)[:, None]
    scaled = mean + scales * (across_m - mean)
    lowest = (across_m + low_m - scaled).amax(1)
    highest = (across_m + high_m - scaled).amin(1)
    slack = highest - lowest + TOLERANCE_M
    fits = (slack >= 0).nonzero().flatten()
    best = int(fits[0]) if len(fits) else int(slack.argmax())
    if fits.numel():
        low, high = float(lowest[best]), float(highest[best])
        move = 0.0 if low <= TOLERANCE_M and high >= -TOLERANCE_M else (low if low > 0 else high)
    else:
        move = float(lowest[best] + highest[best]) / 2
    return scaled[best] + move, float(scales[best]), move
