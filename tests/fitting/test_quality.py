import dataclasses

import numpy as np
import pytest
from known_clips import drawn_masks, exact_detections, known_camera, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.fitting.quality import measure_fit, silhouette_iou


def test_a_perfect_fit_has_perfect_scores(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera = known_camera()
    seen = exact_detections(tiny_body, truth, camera)
    body = posed(tiny_body, truth)
    found = measure_fit(body.shaped, truth.pose, truth.shape.betas, camera, seen)
    assert found.reprojection_percent < 1e-3
    assert found.silhouette_iou > 0.97
    assert found.frames_without_person == 0
    assert found.jitter == pytest.approx(found.detector_jitter, rel=0.5)


def test_a_shifted_fit_has_the_scores_of_its_shift(tiny_body: BodyModel, truth: BodyMotion) -> None:
    """A camera whose picture is moved by 20 px, of a person about 500 px tall."""
    camera = known_camera()
    seen = exact_detections(tiny_body, truth, camera)
    body = posed(tiny_body, truth)
    shifted = camera.intrinsics_px.clone()
    shifted[0, 2] += 20
    moved = dataclasses.replace(camera, intrinsics_px=shifted)
    found = measure_fit(body.shaped, truth.pose, truth.shape.betas, moved, seen)
    tall = (seen.landmarks_2d.xy_px.amax(1) - seen.landmarks_2d.xy_px.amin(1))[:, 1].mean()
    assert found.reprojection_percent == pytest.approx(float(2000 / tall), rel=0.05)
    assert 0.2 < found.silhouette_iou < 0.6


def test_frames_without_a_mask_do_not_count_for_the_overlap(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera = known_camera()
    seen = exact_detections(tiny_body, truth, camera)
    empty = seen.masks.compress(np.zeros_like(seen.masks[0]))
    half = dataclasses.replace(seen.masks, compressed=(*seen.masks.compressed[:15], *[empty] * (len(seen.masks) - 15)))
    body = posed(tiny_body, truth)
    assert silhouette_iou(body.shaped, truth.pose, camera, dataclasses.replace(seen, masks=half)) > 0.97
    none = dataclasses.replace(seen.masks, compressed=(empty,) * len(seen.masks))
    assert np.isnan(silhouette_iou(body.shaped, truth.pose, camera, dataclasses.replace(seen, masks=none)))


def test_masks_of_the_clip_are_those_of_the_body(tiny_body: BodyModel, truth: BodyMotion) -> None:
    masks = drawn_masks(posed(tiny_body, truth), known_camera())
    assert len(masks) == len(truth)
    assert 0.02 < (masks[0] > 127).mean() < 0.2
