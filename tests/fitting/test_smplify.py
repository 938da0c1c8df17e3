import dataclasses
import math

import pytest
import roma
import torch
from known_clips import (
    FOCAL,
    FPS,
    estimated,
    known_camera,
    make_estimator,
    make_refiner,
    naked,
    pa_mpjpe_m,
    posed,
)

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.body.surface_targets import SurfaceTargets, stack_targets
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, Capture
from motion_transfer.domain.landmarks import Detections, Landmarks3D
from motion_transfer.fitting.ground_alignment import align_to_ground, horizontal_camera
from motion_transfer.fitting.observations import standing_frames
from motion_transfer.fitting.solver import one_thread
from motion_transfer.fitting.state import FitState


@pytest.fixture(scope="module")
def capture(tiny_body: BodyModel, detections: Detections) -> Capture:
    return estimated(tiny_body, detections)


def joints(model: BodyModel, motion: BodyMotion) -> torch.Tensor:
    return posed(model, motion).joints_m


@pytest.mark.slow
def test_the_picture_and_the_pose_are_recovered(tiny_body: BodyModel, truth: BodyMotion, capture: Capture) -> None:
    assert capture.quality.reprojection_percent < 0.2
    assert capture.quality.silhouette_iou > 0.94
    error = pa_mpjpe_m(joints(tiny_body, capture.motion), joints(tiny_body, truth))
    assert error.mean() < 0.02
    assert error.max() < 0.04


@pytest.mark.slow
def test_the_size_is_near_the_truth_and_betas_stay_small(
    tiny_body: BodyModel, truth: BodyMotion, capture: Capture
) -> None:
    """One view does not distinguish a tall person far away from a short one nearby: the prior decides a few percent."""
    fitted, real = posed(tiny_body, capture.motion).shaped, posed(tiny_body, truth).shaped
    assert fitted.height_m == pytest.approx(real.height_m, rel=0.05)
    assert capture.motion.shape.betas.abs().max() < 1.5
    assert (capture.motion.shape.clothing_offset_m == 0).all()


@pytest.mark.slow
def test_standing_feet_stand_on_the_ground(tiny_body: BodyModel, truth: BodyMotion, capture: Capture) -> None:
    body = posed(tiny_body, capture.motion)
    soles = lowest_sole_m(body.shaped, body.world_from_rest)
    standing = soles[capture.motion.foot_contacts & truth.foot_contacts]
    assert standing.abs().mean() < 0.01
    assert standing.abs().max() < 0.03
    assert soles.min() > -0.03


@pytest.mark.slow
def test_standing_people_stand_upright(tiny_body: BodyModel, detections: Detections, capture: Capture) -> None:
    at = joints(tiny_body, capture.motion)
    up = at[:, joint("neck")] - at[:, [joint("left_ankle"), joint("right_ankle")]].mean(1)
    lean = torch.rad2deg(torch.atan2(up[:, 2], up[:, 1])).abs()
    standing = standing_frames(detections)
    assert standing.float().mean() > 0.5
    assert lean[standing].max() <= 3


@pytest.mark.slow
def test_the_motion_is_as_smooth_as_the_truth(capture: Capture) -> None:
    assert capture.quality.jitter < 1.2 * capture.quality.detector_jitter


@pytest.mark.slow
def test_the_capture_says_what_was_seen(capture: Capture, detections: Detections) -> None:
    assert capture.quality.frames_without_person == 0
    assert (capture.motion.confidence == 1).all()
    assert capture.motion.fps == FPS
    assert capture.shot_starts == (0,)
    assert capture.detections is detections


@pytest.mark.slow
def test_a_nod_follows_the_landmarks_in_3d_and_not_the_face_in_the_picture_alone(
    tiny_body: BodyModel, capture: Capture, detections: Detections
) -> None:
    nod = roma.rotvec_to_rotmat(torch.tensor([math.radians(20.0), 0.0, 0.0]))
    xyz_m = detections.landmarks_3d.xyz_m.clone()
    xyz_m[:, :11] = (xyz_m[:, :11] - xyz_m[:, 7:9].mean(1, keepdim=True)) @ nod.T + xyz_m[:, 7:9].mean(1, keepdim=True)
    nodding = dataclasses.replace(
        detections, landmarks_3d=Landmarks3D(xyz_m=xyz_m, confidence=detections.landmarks_3d.confidence)
    )
    turned = estimated(tiny_body, nodding)
    ahead = [
        shape_body(tiny_body, c.motion.shape).posed(c.motion.pose).world_from_rest[:, 15, :3, 2]
        for c in (capture, turned)
    ]
    pitch_deg = [torch.rad2deg(torch.asin(direction[:, 1])).mean() for direction in ahead]
    assert float((pitch_deg[1] - pitch_deg[0]).abs()) > 5


@pytest.mark.slow
def test_a_refit_moves_the_surface_to_its_targets(tiny_body: BodyModel, capture: Capture) -> None:
    """The targets of the right forearm lie elsewhere than its landmarks."""
    forearm = torch.nonzero(tiny_body.part_of_vertex == PARTS.index("right_forearm"))[:, 0]
    turned = capture.motion.pose.parent_from_joint.clone()
    turn = roma.rotvec_to_rotmat(torch.tensor([0.0, 0.0, 0.12]))
    turned[:, joint("right_elbow")] = turned[:, joint("right_elbow")] @ turn
    pose = BodyPose(parent_from_joint=turned, root_position_m=capture.motion.pose.root_position_m)
    body = posed(tiny_body, capture.motion).shaped
    goal, _ = capture.camera.project(body.posed(pose).vertices_m()[:, forearm])
    frames, count = goal.shape[:2]
    targets = SurfaceTargets(
        frames=torch.arange(frames),
        vertex=forearm.expand(frames, -1),
        xy_px=goal,
        weights=torch.full((frames, count), 20.0 / count),
    )
    moved = make_refiner(tiny_body)(capture, targets, advance=lambda: None)
    distance = [
        float((capture.camera.project(body.posed(p).vertices_m()[:, forearm])[0] - goal).norm(dim=-1).mean())
        for p in (capture.motion.pose, moved.motion.pose)
    ]
    assert distance[1] < 0.4 * distance[0]
    assert torch.equal(moved.motion.shape.betas, capture.motion.shape.betas)
    assert torch.equal(moved.camera.intrinsics_px, capture.camera.intrinsics_px)


@pytest.mark.slow
def test_a_refit_without_targets_keeps_the_motion(tiny_body: BodyModel, capture: Capture) -> None:
    again = make_refiner(tiny_body)(capture, stack_targets({}), advance=lambda: None)
    error = (joints(tiny_body, again.motion) - joints(tiny_body, capture.motion)).norm(dim=-1)
    assert error.mean() < 0.02


def test_a_clip_is_fitted_by_one_thread_and_others_get_theirs_back() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_a_focal_length_of_nothing_is_refused(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match="focal length above 0"):
        dataclasses.replace(make_estimator(tiny_body), focal=0.0)


def test_levelling_keeps_the_picture_and_brings_the_ground_to_zero(tiny_body: BodyModel) -> None:
    generator = torch.Generator().manual_seed(4)
    camera = horizontal_camera(known_camera().size, FOCAL)
    height, slope = -1.1, 0.13
    root = torch.randn(3, 3, generator=generator) * 0.3 + torch.tensor([0, 0, -4.0])
    state = FitState(
        betas=torch.zeros(10),
        parent_from_joint=roma.rotvec_to_rotmat(torch.randn(3, 24, 3, generator=generator) * 0.3),
        root_position_m=root,
        ground=torch.tensor([height, slope]),
    )
    levelled, looking_down = align_to_ground(state, camera)
    before, after = (
        c.project(posed_state(tiny_body, s).vertices_m())[0] for s, c in ((state, camera), (levelled, looking_down))
    )
    assert torch.allclose(before, after, atol=1e-2)
    on_ground = torch.tensor([[0.3, height + slope * -2, -2.0], [-1, height + slope * -5, -5.0]])
    pixels, depth = camera.project(on_ground)
    assert torch.allclose(looking_down.unproject(pixels, depth)[:, 1], torch.zeros(2), atol=1e-5)
    assert (levelled.ground == 0).all()


def posed_state(model: BodyModel, state: FitState) -> PosedBody:
    pose = BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
    return shape_body(model, naked()).posed(pose)
