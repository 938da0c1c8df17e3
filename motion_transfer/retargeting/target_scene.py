"""Where a motion goes, what comes of it, and what a retargeting stage is."""

from typing import Protocol, runtime_checkable

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value


@value
class TargetScene:
    """The target person, and the space in front of the camera that they were seen to move in.

    Attributes:
        body: the target at rest.
        motion: the target's own motion, which shows where they stood and which way they faced.
        camera: the target's, with the size of the picture.
    """

    body: ShapedBody
    motion: BodyMotion
    camera: Camera


@value
class Retargeted:
    """The source's motion on the target's body and in their scene, at the source's frame rate.

    Attributes:
        motion: with the target's shape and the foot contacts that were held.
        foot_skate_cm_per_s: median horizontal speed of planted ankles; NaN where none is planted for two frames.
        foot_skate_p90_cm_per_s: its 90th percentile.
        leg_length_ratio: length of the target's legs over that of the source's.
        notes: what had to be changed, each in one sentence for the report.
    """

    motion: BodyMotion
    foot_skate_cm_per_s: float
    foot_skate_p90_cm_per_s: float
    leg_length_ratio: float
    notes: tuple[str, ...]


@runtime_checkable
class RetargetingStage(Protocol):
    """The source's motion -> the motion of the target's body in the target's scene."""

    def __call__(
        self,
        source: BodyMotion,
        source_camera: Camera | None,
        source_body: ShapedBody,
        target: TargetScene,
        shot_starts: tuple[int, ...] = (0,),
    ) -> Retargeted:
        """Give the target the source's motion.

        Args:
            source_camera: None for a motion that no camera saw, such as one of a file.
            source_body: the source at rest.
            shot_starts: first frame of every shot of the source; the first one is 0.
        """
        ...
