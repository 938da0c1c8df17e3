import pytest
import torch
from tiny_walks import camera_at, shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.retargeting.facing import mean_ground_position_m
from motion_transfer.retargeting.placement import (
    BODY_MARGIN_M,
    STRIDE_M,
    fit_sideways,
    near_limit_m,
    place,
    sideways_bounds_m,
    soft_clamp,
)
from motion_transfer.retargeting.target_scene import TargetScene


def scene_of(model: BodyModel, motion: BodyMotion, focal_px: float = 600.0) -> TargetScene:
    return TargetScene(body=shape_body(model, motion.shape), motion=motion, camera=camera_at(focal_px=focal_px))


def widened(motion: BodyMotion, *, x: float = 1.0, z: float = 1.0) -> BodyPose:
    return BodyPose(
        parent_from_joint=motion.pose.parent_from_joint,
        root_position_m=motion.pose.root_position_m * torch.tensor([x, 1.0, z]),
    )


def test_own_path_stays_where_it_is(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, heading_rad=1.0)
    placed, notes = place(
        motion.pose,
        mean_ground_position_m(motion),
        scene_of(tiny_body, motion),
        depth_margin_m=0.3,
        picture_margin=0.02,
    )
    assert torch.allclose(placed.root_position_m, motion.pose.root_position_m, atol=1e-5)
    assert notes == ()


@pytest.mark.parametrize("focal_px", [300.0, 600.0, 800.0])
def test_a_wide_path_is_narrowed_into_the_picture(tiny_body: BodyModel, focal_px: float) -> None:
    target, source = walk(tiny_body), walk(tiny_body, heading_rad=1.57, seconds=8)
    scene = scene_of(tiny_body, target, focal_px)
    placed, notes = place(widened(source, x=2.0), torch.zeros(3), scene, depth_margin_m=0.3, picture_margin=0.02)
    columns = scene.camera.project(scene.body.posed(placed).joints_m)[0][..., 0]
    assert columns.min() > 0.02 * 640
    assert columns.max() < 0.98 * 640
    assert any("narrowed" in note for note in notes)
    path, before = placed.root_position_m[:, 0], 2.0 * source.pose.root_position_m[:, 0]
    assert torch.corrcoef(torch.stack([path, before]))[0, 1] > 0.9999


def test_a_deep_path_is_held_near_the_depths_of_the_target(tiny_body: BodyModel) -> None:
    target = walk(tiny_body, seconds=2)
    placed, notes = place(
        widened(walk(tiny_body, seconds=8)),
        torch.zeros(3),
        scene_of(tiny_body, target, focal_px=400.0),
        depth_margin_m=0.3,
        picture_margin=0.02,
    )
    depth, shown = placed.root_position_m[:, 2], target.pose.root_position_m[:, 2]
    assert shown.min() - 0.3 <= depth.min()
    assert depth.max() <= shown.max() + 0.3
    assert any("toward or away" in note for note in notes)


def test_depths_are_unchanged_inside_and_smooth_beyond() -> None:
    values = torch.linspace(-3, 3, 6001)
    held = soft_clamp(values, -1.0, 1.0, far_margin=0.5, near_margin=0.2)
    inside = values.abs() <= 1
    assert torch.equal(held[inside], values[inside])
    assert held.min() >= -1.5
    assert held.max() <= 1.2
    assert held.diff().min() >= 0
    assert held.diff().diff().abs().max() < 1e-4


def test_the_near_limit_puts_the_front_foot_on_the_lower_edge() -> None:
    camera = camera_at(focal_px=600.0)
    z = near_limit_m(camera, torch.zeros(3))
    pixel, _ = camera.project(torch.tensor([0.0, 0.0, z + STRIDE_M]))
    assert float(pixel[1]) == pytest.approx(480, abs=0.1)


def test_the_room_ends_where_the_body_touches_the_bounds(tiny_body: BodyModel) -> None:
    motion, camera = walk(tiny_body), camera_at()
    joints = shape_body(tiny_body, shape_of()).posed(motion.pose).joints_m
    _, high = sideways_bounds_m(joints, camera, 20.0, 600.0)
    moved = joints + torch.stack([high + 0.0, torch.zeros_like(high), torch.zeros_like(high)], -1)[:, None]
    outer = camera.project(moved + torch.tensor([BODY_MARGIN_M, 0.0, 0.0]))[0][..., 0].amax(1)
    assert torch.allclose(outer, torch.full_like(outer, 600.0), atol=0.1)


def test_a_path_is_moved_before_it_is_narrowed() -> None:
    path = torch.linspace(-0.5, 0.5, 11)
    fitted, scale, moved = fit_sideways(path, -path - 0.2, -path + 1.0)
    assert scale == 1
    assert moved == pytest.approx(0.3, abs=2e-3)
    assert fitted.min() >= -0.202


def test_a_body_wider_than_the_picture_is_centred() -> None:
    fitted, scale, _ = fit_sideways(torch.linspace(0, 1, 5), torch.full((5,), 0.3), torch.full((5,), 0.3))
    assert scale == 1
    assert torch.allclose(fitted, torch.linspace(0, 1, 5) + 0.3, atol=2e-3)
