"""Shape swap: between bodies of one skeleton the joints correspond one to one, so that rotations carry over."""

from dataclasses import dataclass, replace

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.retargeting.state import RetargetingState


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeSwap:
    """Gives the target's body the source's joint rotations, and scales the path with the length of the legs."""

    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Swap the shape."""
        return state.with_pose(swap_shape(state.pose, leg_length_ratio(state.source_body, state.target.body)))


def leg_length_ratio(source: ShapedBody, target: ShapedBody) -> float:
    """Length of the target's legs over that of the source's."""
    return target.leg_length_m / source.leg_length_m


def swap_shape(pose: BodyPose, ratio: float) -> BodyPose:
    """The same joint rotations for legs that are `ratio` times as long: steps and jumps grow as the legs do.

    The path is scaled about the world's origin, which lies on the ground, so that the height of the hips over the
    ground scales with the legs.
    """
    return replace(pose, root_position_m=pose.root_position_m * ratio)
