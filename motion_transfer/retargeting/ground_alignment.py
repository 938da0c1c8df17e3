"""Ground alignment: one smooth shift of the body's height brings planted soles, or what it rests on, to the ground."""

from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from jaxtyping import Bool
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.body.support import lowest_point_m
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.geometry.ground import height_correction_m
from motion_transfer.retargeting.shots import shot_by_shot
from motion_transfer.retargeting.state import RetargetingState, check_not_negative


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundAlignment:
    """Shifts the body up or down so that its soles stand at y = 0 while they are in contact.

    Attributes:
        smoothing_s: width of the filter over the shift.

    Raises:
        ValueError: a setting is negative.
    """

    smoothing_s: float

    def __post_init__(self) -> None:
        check_not_negative(smoothing_s=self.smoothing_s)

    @shot_by_shot
    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Align the height with the ground."""
        body, fps = state.target.body, state.source.fps
        return state.with_pose(align_height(state.pose, body, state.contacts, fps, smoothing_s=self.smoothing_s))


def align_height(
    pose: BodyPose, body: ShapedBody, contacts: Bool[Tensor, "frame 2"], fps: Fraction | float, *, smoothing_s: float
) -> BodyPose:
    """The pose at the height that puts planted feet, or what else the body rests on, on the ground."""
    world_from_rest = body.posed(pose).world_from_rest
    lowest, of_body = lowest_sole_m(body, world_from_rest), lowest_point_m(body, world_from_rest)
    up = height_correction_m(lowest, contacts, fps, smoothing_s=smoothing_s, lowest_of_body_m=of_body)
    shift = torch.stack([torch.zeros_like(up), up, torch.zeros_like(up)], -1)
    return replace(pose, root_position_m=pose.root_position_m + shift)
