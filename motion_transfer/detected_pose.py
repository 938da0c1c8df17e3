"""The pipeline's own detector run over a result: how far its pose is off, and whether anybody is found."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import LandmarkLayout
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.pose_error import AskedPose, driven_pose, error_by_frame, pose_scores
from motion_transfer.evaluation.timelines import Timelines, timelines
from motion_transfer.files.video_reader import open_video
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.performers.performer import Performer
from motion_transfer.run import Run, Stage
from motion_transfer.stages import PersonDetector

MOST_ERROR_PERCENT = 10.0
DETECT_IN_RESULT = Stage(name="detect_in_result", phrase="detect in the result")


@value
class DetectedPose:
    """How far off the pose in a result is.

    Attributes:
        scores: those that `pose_scores` defines.
        error_percent: of the body's height in each frame; NaN where it is not known.
    """

    scores: Mapping[str, float]
    error_percent: Float[np.ndarray, "frame"]

    def over_time(self) -> Timelines:
        """The error for the report's plots, 1 at `MOST_ERROR_PERCENT`."""
        return timelines({"pose_error": self.error_percent / MOST_ERROR_PERCENT})


def detected_pose(
    video: Video, asked: Callable[[LandmarkLayout], AskedPose], detector: PersonDetector, run: Run, role: str
) -> DetectedPose:
    """Detect in every frame of a result and compare.

    A detector that gives up on the video because it finds the person in too few frames leaves `pose_error` NaN.

    Args:
        asked: the pose that was asked for, by the detector's layout, in every frame of the video.
        role: what the video is, for the progress.
    """
    with run.stage(DETECT_IN_RESULT, role, total=len(video)) as step:
        try:
            found = detector(step.watch(video))
        except PersonNotFoundError as few:
            scores = {"pose_error": float("nan"), "nobody_found": 1 - few.detected / few.frames}
            return DetectedPose(scores=scores, error_percent=np.full(len(video), np.nan))
    wanted = asked(found.layout)
    return DetectedPose(scores=pose_scores(found, wanted), error_percent=error_by_frame(found, wanted))


def detected_driven_pose(
    result: Path, performer: Performer, motion: BodyMotion, detector: PersonDetector, run: Run
) -> DetectedPose:
    """Compare the pose that is found in a finished video with the driven body's."""

    def asked(layout: LandmarkLayout) -> AskedPose:
        return driven_pose(performer.body, motion, performer.facts.camera, layout)

    return detected_pose(open_video(result), asked, detector, run, "result")
