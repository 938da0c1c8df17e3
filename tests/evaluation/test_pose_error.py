"""The error of a pose is the shift of its landmarks in per cent of the standing body's height."""

import dataclasses
import math

import pytest
import torch
from checked_shapes import unchecked
from known_clips import exact_detections, known_camera, made_up_dance

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import mirrored
from motion_transfer.domain.landmarks import Detections, Landmarks2D
from motion_transfer.evaluation.pose_error import (
    AskedPose,
    driven_pose,
    filmed_pose,
    pose_scores,
    standing_height_px,
)
from motion_transfer.fitting.quality import SCORED


@pytest.fixture(scope="module")
def seen(tiny_body: BodyModel) -> tuple[Detections, AskedPose]:
    """What a perfect detector finds, and the driven pose."""
    motion, camera = made_up_dance(tiny_body, seconds=0.5), known_camera()
    detections = exact_detections(tiny_body, motion, camera)
    body = shape_body(tiny_body, motion.shape)
    return detections, driven_pose(body, motion, camera, detections.layout)


def changed(detections: Detections, shift_px: torch.Tensor, confidence: torch.Tensor) -> Detections:
    landmarks = Landmarks2D(xy_px=detections.landmarks_2d.xy_px + shift_px, confidence=confidence)
    return dataclasses.replace(detections, landmarks_2d=landmarks)


def test_the_driven_body_is_off_by_nothing_and_a_shift_by_its_share_of_the_height(
    seen: tuple[Detections, AskedPose],
) -> None:
    detections, asked = seen
    sure = torch.ones_like(detections.landmarks_2d.confidence)
    assert pose_scores(changed(detections, torch.zeros(2), sure), asked)["pose_error"] == pytest.approx(0, abs=0.01)
    shift = torch.tensor([0.03, 0.04]) * asked.height_px[:, None, None]  # 5 per cent of the height, aslant
    scores = pose_scores(changed(detections, shift, sure), asked)
    five = pytest.approx(5, abs=0.01)
    assert scores == {"pose_error": five, "pose_error_either_side": five, "sides_exchanged": 0, "nobody_found": 0}


def test_frames_whose_sides_the_detector_exchanges_are_counted_and_scored_both_ways(
    seen: tuple[Detections, AskedPose],
) -> None:
    detections, asked = seen
    xy_px = detections.landmarks_2d.xy_px.clone()
    xy_px[::2] = xy_px[::2][:, list(mirrored(detections.layout.names))]
    sure = torch.ones_like(detections.landmarks_2d.confidence)
    found = dataclasses.replace(detections, landmarks_2d=Landmarks2D(xy_px=xy_px, confidence=sure))
    scores = pose_scores(found, asked)
    assert scores["pose_error"] > 3
    assert scores["pose_error_either_side"] == pytest.approx(0, abs=0.01)
    assert scores["sides_exchanged"] == pytest.approx(len(xy_px[::2]) / len(xy_px))


def test_only_confident_landmarks_of_the_limbs_count(seen: tuple[Detections, AskedPose]) -> None:
    detections, asked = seen
    confidence = torch.ones_like(detections.landmarks_2d.confidence)
    shift = torch.zeros_like(detections.landmarks_2d.xy_px)
    limbs = [detections.layout.index(name) for name in SCORED]
    others = [row for row in range(len(detections.layout.names)) if row not in limbs]
    shift[:, others] = 100.0
    shift[:, limbs[0]], confidence[:, limbs[0]] = 100.0, 0.4
    assert pose_scores(changed(detections, shift, confidence), asked)["pose_error"] == pytest.approx(0, abs=0.01)
    unsure = dataclasses.replace(asked, landmarks=Landmarks2D(xy_px=asked.landmarks.xy_px, confidence=confidence * 0.3))
    assert math.isnan(pose_scores(detections, unsure)["pose_error"])


def test_frames_without_anybody_are_counted_and_do_not_count_as_errors(seen: tuple[Detections, AskedPose]) -> None:
    detections, asked = seen
    confidence, shift = torch.ones_like(detections.landmarks_2d.confidence), torch.zeros(2)
    confidence[::2] = 0
    found = pose_scores(changed(detections, shift, confidence), asked)
    assert found["nobody_found"] == pytest.approx(len(confidence[::2]) / len(confidence))
    assert found["pose_error"] == pytest.approx(0, abs=0.01)


def test_the_height_is_the_standing_bodys_and_falls_with_the_distance(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body, seconds=0.5), known_camera()
    body = shape_body(tiny_body, motion.shape)
    height = standing_height_px(body, motion, camera)
    pixels, depth = camera.project(motion.pose.root_position_m)
    assert pixels.isfinite().all()
    level = camera.camera_from_world[1, 1].abs()  # how upright the camera stands
    expected = camera.intrinsics_px[1, 1] * body.height_m * level / depth
    torch.testing.assert_close(height, expected, rtol=0.02, atol=0)
    assert filmed_pose(exact_detections(tiny_body, motion, camera), body, motion, camera).height_px.equal(height)


def test_other_numbers_of_frames_are_refused(seen: tuple[Detections, AskedPose]) -> None:
    detections, asked = seen
    short = Landmarks2D(xy_px=asked.landmarks.xy_px[1:], confidence=asked.landmarks.confidence[1:])
    with unchecked(), pytest.raises(ValueError, match="detect all frames with the same detector"):
        pose_scores(detections, AskedPose(landmarks=short, height_px=asked.height_px[1:]))
