"""What a network saw frame by frame becomes one person's motion; where it is unsure, landmarks count."""

from dataclasses import replace

import pytest
import roma
import torch
from known_clips import exact_detections, known_camera, made_up_dance, pa_mpjpe_m, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.ground_alignment import horizontal_camera
from motion_transfer.fitting.recovered_start import RecoveredStart, recovered_start
from motion_transfer.mesh_recovery.recovery import RecoveredFrames


def seen_by_a_network(truth: BodyMotion, camera: Camera, noise_rad: float) -> RecoveredFrames:
    """The truth in the axes of a level camera, with noise and with betas that only their mean makes right."""
    generator = torch.Generator().manual_seed(0)
    frames = len(truth)
    noise = roma.rotvec_to_rotmat(noise_rad * torch.randn(frames, len(JOINTS), 3, generator=generator))
    rotations = truth.pose.parent_from_joint @ noise
    level_from_world = torch.diag(torch.tensor([1.0, -1.0, -1.0])) @ camera.camera_from_world[:3, :3]
    rotations[:, 0] = level_from_world @ rotations[:, 0]
    alternating = torch.tensor([1.0, -1.0]).repeat(frames)[:frames, None]
    return RecoveredFrames(
        parent_from_joint=rotations,
        root_position_m=torch.zeros(frames, 3),
        betas=truth.shape.betas + alternating,
        expected_error_m=torch.full((frames,), 0.05),
    )


def start(model: BodyModel, frames: RecoveredFrames, detections: Detections) -> RecoveredStart:
    return recovered_start(
        model,
        frames,
        detections,
        horizontal_camera(detections.size, 0.95),
        betas=None,
        most_error_m=0.2,
        most_off=0.05,
        smoothing_s=0.08,
    )


def error_m(model: BodyModel, found: RecoveredStart, truth: BodyMotion) -> torch.Tensor:
    shaped = shape_body(model, BodyShape(betas=found.state.betas, clothing_offset_m=torch.zeros(len(JOINTS))))
    pose = BodyPose(parent_from_joint=found.state.parent_from_joint, root_position_m=found.state.root_position_m)
    return pa_mpjpe_m(shaped.posed(pose).joints_m, posed(model, truth).joints_m)


@pytest.mark.slow
def test_one_shape_and_a_smooth_motion_come_of_single_frames(tiny_body: BodyModel) -> None:
    truth, camera = made_up_dance(tiny_body), known_camera()
    detections = exact_detections(tiny_body, truth, camera)
    exact = start(tiny_body, seen_by_a_network(truth, camera, 0.0), detections)
    assert exact.fallbacks == ()
    assert error_m(tiny_body, exact, truth).mean() < 0.03
    noisy = seen_by_a_network(truth, camera, 0.2)
    unsmoothed = BodyPose(parent_from_joint=noisy.parent_from_joint, root_position_m=noisy.root_position_m)
    each = shape_body(tiny_body, truth.shape).posed(unsmoothed).joints_m
    smoothed = error_m(tiny_body, start(tiny_body, noisy, detections), truth)
    assert smoothed.mean() < 0.75 * pa_mpjpe_m(each, posed(tiny_body, truth).joints_m).mean()


def test_frames_that_the_network_is_unsure_of_take_their_landmarks(tiny_body: BodyModel) -> None:
    truth, camera = made_up_dance(tiny_body), known_camera()
    wrong = seen_by_a_network(truth, camera, 0.0)
    wrong.parent_from_joint[5:9] = roma.random_rotmat(4 * len(JOINTS)).view(4, len(JOINTS), 3, 3)
    wrong.expected_error_m[5:9] = 0.5
    found = start(tiny_body, wrong, exact_detections(tiny_body, truth, camera))
    assert found.doubts.sure.sum() == len(truth) - 4
    assert "In 4 of " in found.fallbacks[0]
    assert "large error expected in 4" in found.fallbacks[0]
    assert error_m(tiny_body, found, truth).max() < 0.15


def test_limbs_far_from_their_landmarks_are_taken_from_these_and_counted(tiny_body: BodyModel) -> None:
    truth, camera = made_up_dance(tiny_body), known_camera()
    detections = exact_detections(tiny_body, truth, camera)
    seen = seen_by_a_network(truth, camera, 0.0)
    wrong = seen.parent_from_joint.clone()
    hanging = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    wrong[:, JOINTS.index("left_shoulder")] = hanging @ wrong[:, JOINTS.index("left_shoulder")]
    found = start(tiny_body, replace(seen, parent_from_joint=wrong), detections)
    share = found.exchanged.float().mean(0)
    assert share[0] > 0.8
    assert share[1:].max() < 0.6  # which the wrong arm draws aside
    (said,) = found.fallbacks
    assert "of all arms and legs were far from their landmarks" in said
