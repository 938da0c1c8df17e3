"""What the steps of retargeting pass on, and what a step is."""

import dataclasses
import itertools
import math
from typing import Protocol, runtime_checkable

from jaxtyping import Bool
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.retargeting.target_scene import TargetScene


@value
class RetargetingState:
    """A motion on its way from the source's body to the target's, with everything that a step may need.

    Attributes:
        source: the source's motion, which no step changes.
        source_camera: None for a motion that no camera saw.
        source_body: the source at rest.
        target: the target person and the scene that they were seen in.
        pose: the target's pose after the steps so far; the source's before the first one.
        contacts: when the left and the right foot stand on the ground; the source's until a step detects them again.
        notes: what had to be changed, each in one sentence for the report.
        shot_starts: first frame of every shot of the source; the first one is 0.
    """

    source: BodyMotion
    source_camera: Camera | None
    source_body: ShapedBody
    target: TargetScene
    pose: BodyPose
    contacts: Bool[Tensor, "frame 2"]
    notes: tuple[str, ...] = ()
    shot_starts: tuple[int, ...] = (0,)

    def shots(self) -> list[slice]:
        """The frames of every shot."""
        return [slice(*ends) for ends in itertools.pairwise((*self.shot_starts, len(self.source)))]

    def at(self, shot: slice) -> "RetargetingState":
        """One shot of it, with no notes so far."""
        return dataclasses.replace(
            self,
            source=self.source[shot],
            pose=self.pose[shot],
            contacts=self.contacts[shot],
            notes=(),
            shot_starts=(0,),
        )

    def with_pose(self, pose: BodyPose, *notes: str) -> "RetargetingState":
        """The same state with another pose and further notes."""
        return dataclasses.replace(self, pose=pose, notes=(*self.notes, *notes))


@runtime_checkable
class RetargetingStep(Protocol):
    """One step of retargeting, state -> state: a frozen dataclass of its settings that is called on a motion."""

    def __call__(self, state: RetargetingState, /) -> RetargetingState:
        """Change the pose, the contacts or both."""
        ...


def check_not_negative(**settings: float) -> None:
    """Refuse settings that are negative or not finite.

    Raises:
        ValueError: with the name of the first such setting.
    """
    for name, setting in settings.items():
        if not 0 <= setting < math.inf:
            raise ValueError(f"expected {name} to be zero or more, got {setting}; give a positive number")
