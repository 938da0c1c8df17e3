"""The stages of a run as the pipeline asks for them, each with the settings that its results depend on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import MotionEstimator
from motion_transfer.performers.learner import PerformerLearner
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.registration.registrar import Registrar
from motion_transfer.retargeting.target_scene import RetargetingStage

StageT = TypeVar("StageT", covariant=True)


@runtime_checkable
class PersonDetector(Protocol):
    """Video -> the landmarks of one person in every frame."""

    def __call__(self, video: Video, person: PersonPoint | None = None) -> Detections:
        """Detect in every frame, the largest person or the one who is at a point first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured(Generic[StageT]):
    """A stage with its settings and the packages of others that it uses, which are part of the key of its results."""

    stage: StageT
    settings: Mapping[str, Any]
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What the pipeline is made of.

    Attributes:
        register_source: None leaves the source's motion as it was fitted to landmarks.
        provenance: all settings that shape a performer, kept in its folder.
        keep_checkpoints: of a training whose performer stands.
    """

    model: BodyModel
    detector: Configured[PersonDetector]
    estimator: Configured[MotionEstimator]
    register_source: Configured[Registrar] | None
    register_target: Configured[Registrar]
    learner: Configured[PerformerLearner]
    retargeter: RetargetingStage
    synthesizer: Synthesizer
    seed: int
    provenance: Mapping[str, Any]
    keep_checkpoints: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMotion:
    """A motion to perform.

    Attributes:
        name: of the file that it comes from.
        clip, capture, camera: of a video; None for a motion file.
        notes: what was guessed of a motion file or changed in a motion, each in one sentence for the report.
        shot_starts: first frame of every shot of a video; the first one is 0.
    """

    name: str
    motion: BodyMotion
    body: ShapedBody
    clip: Clip | None = None
    capture: Capture | None = None
    camera: Camera | None = None
    notes: tuple[str, ...] = ()
    shot_starts: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPerformer:
    """A performer and the folder that it is kept in.

    Attributes:
        name: of the clip that it was learned from, or of the folder.
    """

    folder: Path
    performer: Performer
    name: str
