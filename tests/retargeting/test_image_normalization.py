"""Everybody Dance Now's global pose normalization, by hand and against the picture."""

from dataclasses import astuple, replace

import pytest
import torch
from tiny_walks import camera_at, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.retargeting.image_normalization import (
    ImageNormalization,
    ImageRange,
    ImageTrack,
    image_range,
    image_track,
    normalized,
)
from motion_transfer.retargeting.retargeter import Retargeter
from motion_transfer.retargeting.shape_swap import ShapeSwap
from motion_transfer.retargeting.target_scene import TargetScene

RETARGET = Retargeter(
    skin_contacts=False,
    steps={"shape_swap": ShapeSwap(), "image_normalization": ImageNormalization(alpha=0.7, near=0.05)},
)


def retargeted(model: BodyModel, source: BodyMotion, camera: Camera, target: BodyMotion, seen_by: Camera) -> ImageTrack:
    body = shape_body(model, target.shape)
    found = RETARGET(
        source, camera, shape_body(model, source.shape), TargetScene(body=body, motion=target, camera=seen_by)
    )
    return image_track(body, found.motion.pose, seen_by)


def test_a_worked_example_of_the_range() -> None:
    rows = torch.tensor([400.0, 420.0, 430.0, 440.0, 480.0])  # median 430, close 480: 0.7 * 50 = 35 above at the most
    heights = torch.tensor([100.0, 110.0, 112.0, 120.0, 150.0])
    found = image_range(ImageTrack(foot_row_px=rows, height_px=heights), alpha=0.7, near=0.05)
    assert astuple(found) == (480.0, 400.0, 150.0, 100.0)  # close and far, and the heights there
    lifted = image_range(
        ImageTrack(foot_row_px=rows - torch.tensor([60.0, 0, 0, 0, 0]), height_px=heights), alpha=0.7, near=0.05
    )
    assert lifted.far_px == 420.0  # 340 is a jump, and no place far away
    assert lifted.height_far_px == 110.0


def test_a_worked_example_of_row_and_scale() -> None:
    source = ImageRange(close_px=480.0, far_px=400.0, height_close_px=150.0, height_far_px=100.0)
    target = ImageRange(close_px=700.0, far_px=600.0, height_close_px=300.0, height_far_px=250.0)
    track = ImageTrack(foot_row_px=torch.tensor([400.0, 440.0, 480.0]), height_px=torch.ones(3))
    rows, scales = normalized(track, source, target)
    torch.testing.assert_close(rows, torch.tensor([600.0, 650.0, 700.0]))
    torch.testing.assert_close(scales, torch.tensor([2.5, 2.25, 2.0]))


def test_a_dancer_in_their_own_place_keeps_rows_and_heights(tiny_body: BodyModel) -> None:
    motion, camera = walk(tiny_body, heading_rad=1.0), camera_at()
    before = image_track(shape_body(tiny_body, motion.shape), motion.pose, camera)
    after = retargeted(tiny_body, motion, camera, motion, camera)
    torch.testing.assert_close(after.foot_row_px, before.foot_row_px, atol=0.1, rtol=0)
    torch.testing.assert_close(after.height_px, before.height_px, atol=0.5, rtol=0)


def test_a_target_that_is_twice_as_large_in_the_picture_stays_so(tiny_body: BodyModel) -> None:
    motion, camera = walk(tiny_body), camera_at(focal_px=600.0)
    doubled = torch.diag(torch.tensor([2.0, 2.0, 1.0])) @ camera.intrinsics_px
    large = replace(camera, intrinsics_px=doubled, size=ImageSize(height=960, width=1280))
    body = shape_body(tiny_body, motion.shape)
    wanted = image_track(body, motion.pose, large)
    found = retargeted(tiny_body, motion, camera, motion, large)
    torch.testing.assert_close(found.height_px, wanted.height_px, atol=1.0, rtol=0)
    torch.testing.assert_close(found.foot_row_px, wanted.foot_row_px, atol=0.2, rtol=0)


def test_a_motion_that_no_camera_saw_is_refused(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body)
    body = shape_body(tiny_body, motion.shape)
    with pytest.raises(ValueError, match="expected a filmed source for retargeting=image_normalization"):
        RETARGET(motion, None, body, TargetScene(body=body, motion=motion, camera=camera_at()))


@pytest.mark.parametrize("setting", [{"alpha": 0.0}, {"near": 1.5}])
def test_settings_out_of_their_range_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"expected {next(iter(setting))} above 0"):
        ImageNormalization(**{"alpha": 0.7, "near": 0.05, **setting})
