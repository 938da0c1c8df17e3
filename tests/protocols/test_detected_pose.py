"""The detector is run over the result; one that gives up says how often it found nobody."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from known_clips import exact_detections, known_camera, made_up_dance

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.pose_error import driven_pose
from motion_transfer.files.cache import Cache
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.protocols.detected_pose import detected_pose_scores
from motion_transfer.run import Run


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

    def scores(detector: object) -> dict[str, float]:
        return detected_pose_scores(
            video,
            lambda layout: driven_pose(body, motion, camera, layout),
            detector,
            run,
            "result",  # type: ignore[arg-type]
        )

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
