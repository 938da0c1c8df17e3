"""Give a motion another body: between bodies of one skeleton the joints correspond one to one."""

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyPose


def leg_length_ratio(source: ShapedBody, target: ShapedBody) -> float:
    """How much longer the target's legs are than the source's."""
    return target.leg_length_m / source.leg_length_m


def swap_shape(pose: BodyPose, ratio: float) -> BodyPose:
    """The same joint rotations for legs that are `ratio` times as long: steps and jumps grow as the legs do.

    The path is scaled about the world's origin, which lies on the ground, so that the height of the hips over the
    ground scales with the legs.
    """
    return BodyPose(parent_from_joint=pose.parent_from_joint, root_position_m=pose.root_position_m * ratio)
