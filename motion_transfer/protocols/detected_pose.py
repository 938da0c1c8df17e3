"""The pipeline's own detector run over a result: how far its pose is off, and whether anybody is found."""

from collections.abc import Callable

from motion_transfer.domain.landmarks import LandmarkLayout
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.pose_error import AskedPose, pose_scores
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.run import Run, Stage
from motion_transfer.stages import PersonDetector

DETECT_IN_RESULT = Stage(name="detect_in_result", phrase="detect in the result")


def detected_pose_scores(
    video: Video, asked: Callable[[LandmarkLayout], AskedPose], detector: PersonDetector, run: Run, role: str
) -> dict[str, float]:
    """The scores that `pose_scores` defines.

    A detector that gives up on the video because it finds the person in too few frames leaves `pose_error` NaN.

    Args:
        asked: the pose that was asked for, by the detector's layout, in every frame of the video.
        role: what the video is, for the progress.
    """
    with run.stage(DETECT_IN_RESULT, role, total=len(video)) as step:
        try:
            found = detector(step.watch(video))
        except PersonNotFoundError as few:
            return {"pose_error": float("nan"), "nobody_found": 1 - few.detected / few.frames}
    return pose_scores(found, asked(found.layout))
