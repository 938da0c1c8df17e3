"""Global pose normalization in the image, as Everybody Dance Now does it (Chan et al. 2019, appendix).

The figure is moved up or down and scaled in the picture, between the nearest and the farthest place that each dancer
stood at. Its weak points are the method's own: a lifted foot counts as a near one, nothing is planted, no limb gets the
target's proportions in the picture, and nobody travels sideways. It is here to be compared with.

Notation: a is the image row of the lower foot in each frame, h the distance from the middle of the feet to the head; m
is the target and t the source, as in the paper.

    close = max a,  far = median a - max {median a - a : 0 < median a - a < alpha (close - median a)}
    p = (a - far_t) / (close_t - far_t)
    row of the lower foot = far_m + p (close_m - far_m),  scale = s_far + p (s_close - s_far)
    s_close = H_close(m) / H_close(t), of the greatest h near that place; s_far likewise
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.retargeting.state import RetargetingState

FEET, HEAD = [joint("left_foot"), joint("right_foot")], joint("head")
LEAST_SCALE, LEAST_DEPTH_M = 0.05, 0.1  # p is not bound in the paper: a scale below nothing would turn the figure over


@value
class ImageTrack:
    """A dancer in the picture: row of the lower foot, height from the middle of the feet to the head; pixels."""

    foot_row_px: Float[Tensor, "frame"]
    height_px: Float[Tensor, "frame"]


@value
class ImageRange:
    """The nearest and the farthest place of a dancer: row of the foot and greatest height there, pixels."""

    close_px: float
    far_px: float
    height_close_px: float
    height_far_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNormalization:
    """Places a pose by its figure in the picture alone, in the middle of where the target stood.

    Args:
        alpha: how far above the median row of the foot, over how far below it, a frame may lie to count as far away.
        near: of the range of rows, within which a frame belongs to the nearest or farthest place.
    """

    alpha: float
    near: float

    def __post_init__(self) -> None:
        for name in ("alpha", "near"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"expected {name} above 0 and at most 1, got {getattr(self, name)}; try 0.7 and 0.05")

    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Turn the pose as the source's camera saw it, and place it.

        Raises:
            ValueError: no camera saw the source.
        """
        seen_by, target = state.source_camera, state.target
        if seen_by is None:
            raise ValueError(
                "expected a filmed source for retargeting=image_normalization, got a motion without a camera; "
                "give a video, or leave retargeting as it is"
            )
        filmed = image_track(state.source_body, state.source.pose, seen_by)
        own = image_track(target.body, target.motion.pose, target.camera)
        rows, scales = normalized(filmed, self._range(filmed), self._range(own))
        facing = _turned(state.pose, _rotation(target.camera).T @ _rotation(seen_by))
        depth_m = seen_by.project(state.source.pose.root_position_m)[1]
        focal = float(target.camera.intrinsics_px[1, 1] / seen_by.intrinsics_px[1, 1])
        taller = target.body.leg_length_m / state.source_body.leg_length_m
        wanted_m = (focal * taller * depth_m / scales).clamp(min=LEAST_DEPTH_M)
        columns = target.camera.project(target.motion.pose.root_position_m)[0][:, 0].median().expand(len(rows))
        return state.with_pose(_placed(facing, target.body, target.camera, columns, rows, wanted_m))

    def _range(self, track: ImageTrack) -> ImageRange:
        return image_range(track, alpha=self.alpha, near=self.near)


def image_track(body: ShapedBody, pose: BodyPose, camera: Camera) -> ImageTrack:
    """How a camera sees a dancer."""
    pixels, _ = camera.project(body.posed(pose).joints_m)
    feet = pixels[:, FEET]
    return ImageTrack(foot_row_px=feet[..., 1].amax(1), height_px=(pixels[:, HEAD] - feet.mean(1)).norm(dim=-1))


def image_range(track: ImageTrack, *, alpha: float, near: float) -> ImageRange:
    """The nearest and the farthest place of a dancer, without feet that are high for they were lifted."""
    rows = track.foot_row_px
    close, middle = float(rows.max()), float(rows.quantile(0.5))
    above = middle - rows
    farther = above[(above > 0) & (above < alpha * (close - middle))]
    far = middle - (float(farther.max()) if len(farther) else 0.0)

    def height(place: float) -> float:
        apart = (rows - place).abs()
        return float(track.height_px[apart <= max(near * (close - far), float(apart.min()))].max())

    return ImageRange(close_px=close, far_px=far, height_close_px=height(close), height_far_px=height(far))


def normalized(
    track: ImageTrack, source: ImageRange, target: ImageRange
) -> tuple[Float[Tensor, "frame"], Float[Tensor, "frame"]]:
    """The row of the lower foot in the target's picture, and what the figure is scaled by, of each frame."""
    span = source.close_px - source.far_px
    p = (track.foot_row_px - source.far_px) / span if span > 0 else torch.zeros_like(track.foot_row_px)
    s_close = target.height_close_px / max(source.height_close_px, 1.0)
    s_far = target.height_far_px / max(source.height_far_px, 1.0)
    rows = target.far_px + p * (target.close_px - target.far_px)
    return rows, (s_far + p * (s_close - s_far)).clamp(min=LEAST_SCALE)


def _rotation(camera: Camera) -> Float[Tensor, "3 3"]:
    return camera.camera_from_world[:3, :3]


def _turned(pose: BodyPose, turn: Float[Tensor, "3 3"]) -> BodyPose:
    rotations = pose.parent_from_joint.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    return replace(pose, parent_from_joint=rotations)


def _placed(
    pose: BodyPose,
    body: ShapedBody,
    camera: Camera,
    columns_px: Float[Tensor, "frame"],
    foot_rows_px: Float[Tensor, "frame"],
    depth_m: Float[Tensor, "frame"],
) -> BodyPose:
    """The pose with its pelvis at a depth and in a column of the picture, and its lower foot in a row."""
    at_origin = replace(pose, root_position_m=torch.zeros_like(pose.root_position_m))
    from_pelvis = body.posed(at_origin).joints_m @ _rotation(camera).T  # along the camera's axes
    focal, centre = camera.intrinsics_px[1, 1], camera.intrinsics_px[1, 2]
    foot_depth_m = (depth_m[:, None] + from_pelvis[:, FEET, 2]).clamp(min=LEAST_DEPTH_M)
    # The pelvis is as high as the foot needs that then lies lower: the lesser of the two heights, as y points down.
    down_m = ((foot_rows_px[:, None] - centre) * foot_depth_m / focal - from_pelvis[:, FEET, 1]).amin(1)
    across_m = (columns_px - camera.intrinsics_px[0, 2]) * depth_m / camera.intrinsics_px[0, 0]
    in_camera = torch.stack([across_m, down_m, depth_m], -1)
    world = (in_camera - camera.camera_from_world[:3, 3]) @ _rotation(camera)
    return replace(pose, root_position_m=world)
