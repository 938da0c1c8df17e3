"""Clip -> the person in it: the background is held still, and one person is followed through all frames."""

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.clip_facts import upright_turn_deg
from motion_transfer.files.clips import part_of, turned_upright
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.landmarks.scene import Scene, find_scene, of_ranges
from motion_transfer.landmarks.stabilization import CameraMotion, estimate_camera_motion, stabilized
from motion_transfer.run import Inputs, Run, Stage, Step
from motion_transfer.stages import PersonDetector, Stages

DECODER = ("av",)
# Roles of clips that a person is learned from: a target, and a clip that is measured on a part of itself.
TARGET, CLIP = "target", "clip"
STABILIZE = Stage(name="stabilize", phrase="camera", version=3, packages=DECODER)
SCENE = Stage(name="scene", phrase="scene", version=4, packages=DECODER)
DETECT = Stage(name="detect", phrase="detect", version=10, packages=DECODER)


class FoundPerson(NamedTuple):
    """A stabilized clip and the person in it."""

    clip: Clip
    detections: Detections


def find_person(clip: Clip, stages: Stages, run: Run, role: str) -> FoundPerson:
    """Hold the background of a clip still, and detect the person.

    Of a clip that a person is learned from, only the frames of the person's scene are kept.

    A clip that lies on its side or stands on its head is turned, if the person in it says so.

    Raises:
        PersonNotFoundError: the person is found in too few frames, or in none.
    """
    if role in (TARGET, CLIP) and clip.stabilized is None:
        clip = keep_scene(clip, stages, run, role)
    still = stabilize(clip, run, role)
    found = FoundPerson(still, detect(still, stages, run, role))
    degrees = upright_turn_deg(found.detections) if clip.turning == "free" and clip.stabilized is None else 0
    if not degrees:
        return found
    turned = turned_upright(clip, degrees)
    still = stabilize(turned, run, role)
    again = FoundPerson(still, detect(still, stages, run, role))
    if upright_turn_deg(again.detections):  # it sees the person head down whichever way: leave the clip alone
        return found
    run.report_fallback(DETECT.id(role), turned.video.notes[-1])
    return again


def part_of_found(found: FoundPerson, first: int, stop: int) -> Clip:
    """Frames `first` to `stop` (not included) of a clip, whose person is pointed at where the part begins."""
    part, landmarks = part_of(found.clip, first, stop), found.detections.landmarks_2d
    seen = np.flatnonzero(landmarks.confidence[first:stop].amax(1).numpy() > 0)
    if part.person is None or not len(seen):
        return part
    x, y = landmarks.xy_px[first + int(seen[0])].mean(0).tolist()
    size = part.video.size
    point = PersonPoint(x=min(max(x / size.width, 0.0), 1.0), y=min(max(y / size.height, 0.0), 1.0))
    return replace(part, person=point)


def keep_scene(clip: Clip, stages: Stages, run: Run, role: str) -> Clip:
    """The clip without the frames that do not show the person's scene: what is behind the person is learned as well."""

    def shows_person(indices: Sequence[int]) -> Bool[np.ndarray, "looked_at"] | None:
        thin = replace(
            clip.video, open_frames=lambda: (frame for _, frame in clip.video.pick(indices)), frame_count=len(indices)
        )
        try:
            found = stages.detector.stage(thin)
        except PersonNotFoundError:
            return None
        seen = found.landmarks_2d.confidence.amax(1).numpy() > 0
        return seen if len(seen) == len(indices) else None

    def compute(step: Step) -> Scene:
        watched = replace(clip.video, open_frames=lambda: iter(step.watch(clip.video)))
        return find_scene(watched, shows_person)

    scene = run.record(SCENE, role, detect_inputs(clip, stages, run), Scene, compute, total=len(clip), about=clip.title)
    if scene.is_whole:
        return clip
    ranges = "+".join(f"{start}-{stop}" for start, stop in scene.ranges)
    content, _, _ = clip.digest.partition(":")
    return replace(clip, video=of_ranges(clip.video, scene), digest=f"{content}:{clip.first}+{ranges}")


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


def _detected(detector: PersonDetector, video: Video, person: PersonPoint | None) -> Detections:
    if person is None:
        return detector(video)
    try:
        inspect.signature(detector).bind(video, person)
    except TypeError:
        raise ValueError(
            f"expected a detector that takes a video and the point of a person, got {type(detector).__name__}, which "
            f"takes a video alone, and person={person}; give its __call__ a second argument or leave person out"
        ) from None
    return detector(video, person)


def detect(clip: Clip, stages: Stages, run: Run, role: str) -> Detections:
    """Landmarks and masks of the person in every frame of a stabilized clip.

    Raises:
        PersonNotFoundError: the person is found in too few frames, or in none.
    """

    def compute(step: Step) -> Detections:
        try:
            return _detected(stages.detector.stage, step.watch(clip.video), clip.person)
        except PersonNotFoundError as missing:
            names = ", ".join(path.name for path in clip.paths)
            named = str(missing).replace("the video", names, 1)
            raise PersonNotFoundError(named, detected=missing.detected, frames=missing.frames) from missing

    inputs = detect_inputs(clip, stages, run)
    return run.record(DETECT, role, inputs, Detections, compute, total=len(clip), about=clip.title)


def detect_inputs(clip: Clip, stages: Stages, run: Run) -> Inputs:
    """What detections are stored under, beside the version."""
    versions = run.cache.versions(stages.detector.packages)
    chosen = () if clip.person is None else (str(clip.person),)
    return (clip.digest, clip.stabilization, stages.detector.settings, versions, *chosen)
