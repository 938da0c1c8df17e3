"""A fit that is given agrees with what is known of the clip."""

from dataclasses import replace

import pytest
import torch
from known_clips import drawn_masks, exact_detections, known_camera, landmarks_px, made_up_dance, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.landmarks import LandmarkLayout
from motion_transfer.fitting.given_fit import given_capture
from motion_transfer.landmarks.mediapipe_layout import LAYOUT


@pytest.mark.slow
def test_a_given_fit_has_no_error_and_keeps_the_motion(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body), known_camera()
    capture = given_capture(tiny_body, motion, camera, drawn_masks(posed(tiny_body, motion), camera), LAYOUT)
    assert capture.motion is motion
    assert capture.quality.reprojection_percent < 0.01
    assert capture.quality.silhouette_iou > 0.95
    assert capture.quality.frames_without_person == 0
    expected = exact_detections(tiny_body, motion, camera)
    torch.testing.assert_close(capture.detections.landmarks_2d.xy_px, expected.landmarks_2d.xy_px)
    elbow = LAYOUT.index("left_elbow")
    found, true = (one.landmarks_3d.xyz_m[:, elbow] for one in (capture.detections, expected))
    torch.testing.assert_close(found, true)


@pytest.mark.slow
def test_what_lies_outside_of_the_picture_was_not_seen(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body), known_camera()
    aside = camera.camera_from_world.clone()
    aside[0, 3] += 1.2
    camera = replace(camera, camera_from_world=aside)
    capture = given_capture(tiny_body, motion, camera, drawn_masks(posed(tiny_body, motion), camera), LAYOUT)
    x = landmarks_px(tiny_body, motion, camera)[..., 0]
    seen = capture.detections.landmarks_2d.confidence
    assert (seen[x > camera.size.width] == 0).all()
    assert 0.1 < seen.mean() < 0.9


def test_a_layout_without_hips_is_refused(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body), known_camera()
    layout = LandmarkLayout(names=("nose",), bias_m=torch.zeros(1, 3))
    with pytest.raises(ValueError, match="suffice for a given fit, got one without left_hip, right_hip"):
        given_capture(tiny_body, motion, camera, drawn_masks(posed(tiny_body, motion), camera), layout)
