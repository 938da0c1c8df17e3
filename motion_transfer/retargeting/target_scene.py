"""Where the motion goes, and what comes of it."""

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value


@value
class TargetScene:
    """The target person, and the place in front of the camera that they were seen to move in.

    Attributes:
        body: the target at rest.
        motion: what the target did in their own video; it says where they stood and which way they faced.
        camera: the target's, with the size of the picture.
    """

    body: ShapedBody
    motion: BodyMotion
    camera: Camera


@value
class Retargeted:
    """The source's motion on the target's body and scene, at the source's frame rate.

    Attributes:
        motion: with the target's shape and the foot contacts that were held.
        foot_skate_cm_per_s: median horizontal speed of planted ankles; NaN where none is planted for two frames.
        foot_skate_p90_cm_per_s: its 90th percentile.
        leg_length_ratio: how much longer the target's legs are than the source's.
        notes: what had to be changed, each in one sentence for the report.
    """

    motion: BodyMotion
    foot_skate_cm_per_s: float
    foot_skate_p90_cm_per_s: float
    leg_length_ratio: float
    notes: tuple[str, ...]
