"""The dataflow on one screen: what is seen -> motion; target -> performer; motion + performer -> video."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.files.cache import Cache
from motion_transfer.files.video_reader import content_digest
from motion_transfer.fitting.estimation import MotionEstimator
from motion_transfer.landmarks.stabilization import CameraMotion, estimate_camera_motion, stabilized
from motion_transfer.motion_files.bvh_import import import_bvh
from motion_transfer.performers.learner import PerformerLearner
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.preparation import Preparation, Source
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.progress import Progress
from motion_transfer.retargeting.target_scene import Retargeted, RetargetingStage, TargetScene

STABILIZATION_VERSION, DETECTION_VERSION, FIT_VERSION = 1, 5, 7
SHORTEST_S = 1.0


class Detector(Protocol):
    """Frames -> landmarks."""

    def __call__(self, video: Video) -> Detections:
        """Detect one person in every frame."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The stages of one run, and the settings that they were made with, for the cache's keys.

    Attributes:
        register: lays the source's body onto its pictures; None leaves it as it was fitted to landmarks.
    """

    detector: Detector
    estimator: MotionEstimator
    register: Preparation | None
    learner: PerformerLearner
    retargeter: RetargetingStage
    synthesizer: Synthesizer
    cache: Cache
    progress: Progress
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMotion:
    """A motion to perform: from a video (with its capture) or from a motion file."""

    motion: BodyMotion
    body: ShapedBody
    camera: Camera | None
    capture: Capture | None


def as_source(video: Video, path: Path, *, part: str = "") -> Source:
    """A clip, or the part of it that `part` names, with its digest."""
    return Source(video=video, digest=content_digest(path) + part)


def held_still(source: Source, whose: str, stages: Stages) -> Source:
    """The same clip with its background held still, where the camera swayed."""
    key = stages.cache.key(STABILIZATION_VERSION, source.digest)
    with stages.progress.stage(f"{whose}: camera", len(source.video)) as stage:
        motion, stage.cached = stages.cache.record(
            "camera_motions", key, CameraMotion, lambda: estimate_camera_motion(stage.watch(source.video))
        )
    return Source(video=stabilized(source.video, motion), digest=source.digest, steady=motion.is_correctable())


def extract_motion(source: Source, whose: str, stages: Stages) -> Capture:
    """Video -> motion of the person in it: detect, fit."""
    cache, settings = stages.cache, stages.settings
    key = cache.key(DETECTION_VERSION, source.digest, settings["landmarks"])
    with stages.progress.stage(f"{whose}: detect", len(source.video)) as stage:
        detections, stage.cached = cache.record(
            "detections", key, Detections, lambda: stages.detector(stage.watch(source.video))
        )
    key = cache.key(FIT_VERSION, key, stages.estimator.model.digest(), settings["fitting"])
    with stages.progress.stage(f"{whose}: fit", len(detections.masks)) as stage:
        capture, stage.cached = cache.record(
            "captures", key, Capture, lambda: stages.estimator(source.video, detections, advance=lambda: None)
        )
    return capture


def learn_performer(source: Source, stages: Stages) -> tuple[Path, Performer]:
    """Target video -> performer, in a folder of its own."""
    check_long_enough(source.video)
    return stages.learner(source, extract_motion(source, "target", stages), stages.cache, stages.progress)


def motion_from_video(source: Source, stages: Stages) -> SourceMotion:
    """The source's motion with the body and camera that it was fitted in."""
    capture = registered(source, extract_motion(source, "source", stages), stages)
    body = shape_body(stages.estimator.model, capture.motion.shape)
    return SourceMotion(motion=capture.motion, body=body, camera=capture.camera, capture=capture)


def registered(source: Source, capture: Capture, stages: Stages) -> Capture:
    """The source's motion in agreement with its pictures, not with landmarks alone; as it is before a moving camera."""
    if stages.register is None:
        return capture
    if not source.steady:
        note = "The body was fitted to landmarks alone: registering it to the picture needs a background that stands."
        return replace(capture, fallbacks=(*capture.fallbacks, note))
    return stages.register(source, capture, stages.cache, stages.progress, whose="source: ").look.capture


def motion_from_file(path: Path, model: BodyModel, fps: Fraction | None, stages: Stages) -> SourceMotion:
    """The motion of a BVH file, on a body of average shape."""
    with stages.progress.stage("source: read motion") as _:
        motion = import_bvh(path, model, fps=fps)
    return SourceMotion(motion=motion, body=shape_body(model, motion.shape), camera=None, capture=None)


def retarget(source: SourceMotion, performer: Performer, stages: Stages) -> Retargeted:
    """The source's motion on the target's body, in the target's camera."""
    target = TargetScene(body=performer.body, motion=performer.facts.motion, camera=performer.facts.camera)
    with stages.progress.stage("retarget", len(source.motion)) as _:
        return stages.retargeter(source.motion, source.camera, source.body, target)


def check_long_enough(video: Video) -> None:
    """A person cannot be learned from a glimpse."""
    seconds = len(video) / float(video.fps)
    if seconds < SHORTEST_S:
        raise ValueError(
            f"expected a target of at least {SHORTEST_S:.0f} s, got {seconds:.2f} s; "
            "use a longer clip, best some minutes of many poses"
        )


def choose_device(device: str) -> str:
    """`auto` takes CUDA where there is one.

    Raises:
        ValueError: an unknown device, or CUDA on a machine without it.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"expected device=auto, cpu or cuda, got device={device}")
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("expected a CUDA device for device=cuda, found none; use device=cpu or device=auto")
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device
