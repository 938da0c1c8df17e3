"""Errors of a found motion against the true one, as cameras see them."""

from dataclasses import replace

import pytest
import torch
from known_clips import known_camera, made_up_dance, naked, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.evaluation.motion_metrics import pa_mpjpe
from motion_transfer.evaluation.pose_accuracy import joined, pose_accuracy
from motion_transfer.geometry.rotations import rotation_about_vertical


@pytest.fixture(scope="module")
def truth(tiny_body: BodyModel) -> BodyMotion:
    return made_up_dance(tiny_body, seconds=1.5)


def turned(motion: BodyMotion, degrees: float) -> BodyMotion:
    turn = rotation_about_vertical(torch.tensor(degrees).deg2rad())
    rotations = motion.pose.parent_from_joint.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    pose = BodyPose(parent_from_joint=rotations, root_position_m=motion.pose.root_position_m @ turn.T)
    return replace(motion, pose=pose)


def test_the_world_and_the_place_do_not_count(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera, turn = known_camera(), torch.eye(4)
    turn[:3, :3] = rotation_about_vertical(torch.tensor(90.0).deg2rad())
    other = Camera(
        intrinsics_px=camera.intrinsics_px, camera_from_world=camera.camera_from_world @ turn.T, size=camera.size
    )
    moved = turned(truth, 90.0)
    away = replace(moved, pose=replace(moved.pose, root_position_m=moved.pose.root_position_m + 2))
    found = pose_accuracy(tiny_body, away, other, truth, camera)
    assert max(found.mpjpe_mm, found.pve_mm, found.pa_mpjpe_mm) < 0.01
    assert found.facing_wrong_percent == 0


@pytest.mark.parametrize(("degrees", "percent"), [(50.0, 0.0), (70.0, 100.0), (-170.0, 100.0)])
def test_a_turned_body_faces_wrong_but_has_the_same_pose(
    degrees: float, percent: float, tiny_body: BodyModel, truth: BodyMotion
) -> None:
    camera = known_camera()
    found = pose_accuracy(tiny_body, turned(truth, degrees), camera, truth, camera)
    assert found.facing_wrong_percent == percent
    assert found.pa_mpjpe_mm < 0.01 < found.mpjpe_mm


def test_errors_are_those_of_joints_and_of_the_surface(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera = known_camera()
    rotations = truth.pose.parent_from_joint.clone()
    rotations[:, 16] = rotations[:, 16] @ rotation_about_vertical(torch.tensor(0.5))
    bent = replace(truth, pose=replace(truth.pose, parent_from_joint=rotations))
    found = pose_accuracy(tiny_body, bent, camera, truth, camera)
    bent_m, true_m = (posed(tiny_body, motion).joints_m for motion in (bent, truth))
    expected = (bent_m - bent_m[:, :1] - true_m + true_m[:, :1]).norm(dim=-1)
    assert torch.allclose(found.joints_m, expected, atol=1e-5)
    assert found.joints_m[:, :16].max() < 1e-5 < found.joints_m[:, 18].min()  # the elbow hangs on the shoulder
    assert found.pa_mpjpe_mm == pytest.approx(pa_mpjpe(bent_m, true_m), abs=0.01)
    wider = replace(truth, shape=naked((2.0, 1.0)))
    assert pose_accuracy(tiny_body, wider, camera, truth, camera).pve_mm > 1
    both = joined([found, pose_accuracy(tiny_body, truth, camera, truth, camera)])
    assert both.mpjpe_mm == pytest.approx(found.mpjpe_mm / 2, abs=0.01)


def test_motions_of_other_lengths_are_refused(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera = known_camera()
    longer = made_up_dance(tiny_body, seconds=2.0)
    with pytest.raises(ValueError, match="expected motions of one length"):
        pose_accuracy(tiny_body, longer, camera, truth, camera)
