"""Clip -> the person in it: the background is held still, and one person is followed through all frames."""

from dataclasses import replace
from typing import NamedTuple

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.landmarks.person_tracker import PersonNotFoundError
from motion_transfer.landmarks.stabilization import CameraMotion, estimate_camera_motion, stabilized
from motion_transfer.run import Inputs, Run, Stage, Step
from motion_transfer.stages import Stages

DECODER = ("av",)
STABILIZE = Stage(name="stabilize", phrase="camera", version=2, packages=DECODER)
DETECT = Stage(name="detect", phrase="detect", version=6, packages=DECODER)


class FoundPerson(NamedTuple):
    """A stabilized clip and the person in it."""

    clip: Clip
    detections: Detections


def find_person(clip: Clip, stages: Stages, run: Run, role: str) -> FoundPerson:
    """Hold the background of a clip still, and detect the person.

    Raises:
        PersonNotFoundError: the person is found in too few frames, or in none.
    """
    still = stabilize(clip, run, role)
    return FoundPerson(still, detect(still, stages, run, role))


def stabilize(clip: Clip, run: Run, role: str) -> Clip:
    """The clip with its background held still, where the camera moved a little."""
    if clip.stabilized is not None:
        return clip

    def compute(step: Step) -> CameraMotion:
        return estimate_camera_motion(step.watch(clip.video))

    inputs = (clip.digest,)
    camera = run.record(STABILIZE, role, inputs, CameraMotion, compute, total=len(clip), about=clip.title)
    return replace(
        clip,
        video=stabilized(clip.video, camera),
        stabilized=camera.is_correctable(),
        stabilization=run.key(STABILIZE, inputs),
    )


def detect(clip: Clip, stages: Stages, run: Run, role: str) -> Detections:
    """Landmarks and masks of the person in every frame of a stabilized clip.

    Raises:
        PersonNotFoundError: the person is found in too few frames, or in none.
    """

    def compute(step: Step) -> Detections:
        try:
            return stages.detector.stage(step.watch(clip.video))
        except PersonNotFoundError as missing:
            names = ", ".join(path.name for path in clip.paths)
            named = str(missing).replace("the video", names, 1)
            raise PersonNotFoundError(named, detected=missing.detected, frames=missing.frames) from missing

    inputs = detect_inputs(clip, stages, run)
    return run.record(DETECT, role, inputs, Detections, compute, total=len(clip), about=clip.title)


def detect_inputs(clip: Clip, stages: Stages, run: Run) -> Inputs:
    """What detections are stored under, beside the version."""
    versions = run.cache.versions(stages.detector.packages)
    return (clip.digest, clip.stabilization, stages.detector.settings, versions)
