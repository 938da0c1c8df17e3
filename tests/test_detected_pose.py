"""The detector is run over the result; one that gives up says how often it found nobody."""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from known_clips import exact_detections, known_camera, made_up_dance

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.detected_pose import DetectedPose, detected_pose
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.pose_error import driven_pose
from motion_transfer.files.cache import Cache
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.run import Run
from motion_transfer.stages import PersonDetector


def test_the_detections_in_the_result_are_compared_with_what_was_asked_for(
    tiny_body: BodyModel, tmp_path: Path
) -> None:
    motion, camera = made_up_dance(tiny_body, seconds=0.5), known_camera()
    found = exact_detections(tiny_body, motion, camera)
    black = np.zeros((camera.size.height, camera.size.width, 3), np.uint8)
    count = len(motion)
    video = Video(open_frames=lambda: iter([black] * count), size=camera.size, fps=motion.fps, frame_count=count)
    body, run = shape_body(tiny_body, motion.shape), Run(Cache(tmp_path), [])

    def gives_up(watched: Video) -> Detections:
        raise PersonNotFoundError("expected a person", detected=2, frames=len(watched))

    def compared(detector: object) -> DetectedPose:
        return detected_pose(
            video,
            lambda layout: driven_pose(body, motion, camera, layout),
            cast(PersonDetector, detector),
            run,
            "result",
        )

    def scores(detector: object) -> Mapping[str, float]:
        return compared(detector).scores

    assert compared(lambda watched: found).error_percent == pytest.approx(np.zeros(count), abs=0.01)
    assert np.isnan(compared(gives_up).error_percent).tolist() == [True] * count
    assert scores(lambda watched: found)["pose_error"] == pytest.approx(0, abs=0.01)
    assert scores(lambda watched: found)["nobody_found"] == 0
    half = dataclasses.replace(found.landmarks_2d, confidence=found.landmarks_2d.confidence.clone())
    half.confidence[::2] = 0
    found_in_half = dataclasses.replace(found, landmarks_2d=half)
    assert scores(lambda watched: found_in_half)["nobody_found"] == pytest.approx(0.5, abs=0.1)
    given_up = scores(gives_up)
    assert math.isnan(given_up["pose_error"])
    assert given_up["nobody_found"] == pytest.approx(1 - 2 / count)
    assert "result_detect_in_result" in run.costs
