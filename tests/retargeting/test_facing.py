import dataclasses
import math

import pytest
import torch
from tiny_walks import camera_at, shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.retargeting.facing import (
    bearing_rad,
    facing_directions,
    mean_ground_position_m,
    mean_heading_rad,
    turn_rad,
    turned,
)


def test_the_mean_heading_is_that_of_the_walk(tiny_body: BodyModel) -> None:
    assert mean_heading_rad(walk(tiny_body, heading_rad=0.7)) == pytest.approx(0.7, abs=1e-4)


def test_bending_forward_does_not_change_where_one_faces(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, heading_rad=0.7)
    bend = torch.tensor(1.7)
    bow = torch.tensor([[1, 0, 0], [0, bend.cos(), -bend.sin()], [0, bend.sin(), bend.cos()]])
    rotations = motion.pose.parent_from_joint.clone()
    rotations[:, 0] = rotations[:, 0] @ bow
    bent = BodyPose(parent_from_joint=rotations, root_position_m=motion.pose.root_position_m)
    assert torch.allclose(facing_directions(bent), facing_directions(motion.pose), atol=1e-5)


def test_frames_that_were_not_seen_do_not_count(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body)
    path = motion.pose.root_position_m.clone()
    path[:10] = 50.0
    confidence = torch.ones(len(motion))
    confidence[:10] = 0.0
    pose = BodyPose(parent_from_joint=motion.pose.parent_from_joint, root_position_m=path)
    motion = dataclasses.replace(motion, pose=pose, confidence=confidence)
    assert mean_ground_position_m(motion).abs().max() < 2


def test_a_pirouette_has_the_heading_of_its_first_frame(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, fps=30, seconds=2)
    turns = torch.stack([turned(motion.pose[i : i + 1], 2 * math.pi * i / 60).parent_from_joint for i in range(60)])
    pose = BodyPose(parent_from_joint=turns[:, 0], root_position_m=motion.pose.root_position_m)
    assert mean_heading_rad(dataclasses.replace(motion, pose=pose)) == pytest.approx(0, abs=1e-4)


def test_turning_a_motion_turns_every_joint(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body)
    body = shape_body(tiny_body, shape_of())
    before, after = body.posed(motion.pose).joints_m, body.posed(turned(motion.pose, math.pi / 2)).joints_m
    assert torch.allclose(after, torch.stack([before[..., 2], before[..., 1], -before[..., 0]], -1), atol=1e-5)


def test_each_kind_of_facing_turns_by_its_own_angle(tiny_body: BodyModel) -> None:
    source, target = walk(tiny_body, heading_rad=0.3), walk(tiny_body, heading_rad=-0.6)
    camera = camera_at()
    assert turn_rad("source", source, None, target, camera) == 0
    assert turn_rad("target", source, camera, target, camera) == pytest.approx(-0.9, abs=1e-4)
    assert turn_rad(90.0, source, camera, target, camera) == pytest.approx(math.pi / 2)


def test_the_side_that_a_camera_sees_is_kept_for_people_at_the_side_of_the_picture(tiny_body: BodyModel) -> None:
    source, target = walk(tiny_body, heading_rad=0.3), walk(tiny_body)
    source_camera, target_camera = camera_at(x_m=2.0), camera_at(x_m=-1.0, distance_m=3.0)
    turn = turn_rad("source", source, source_camera, target, target_camera)
    seen = 0.3 - bearing_rad(mean_ground_position_m(source), source_camera)
    assert 0.3 + turn - bearing_rad(mean_ground_position_m(target), target_camera) == pytest.approx(seen, abs=1e-6)
