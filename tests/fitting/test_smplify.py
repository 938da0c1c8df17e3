import dataclasses
import math

import pytest
import roma
import torch
from known_clips import (
    FOCAL,
    FPS,
    estimated,
    exact_detections,
    known_camera,
    landmarks_px,
    made_up_dance,
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
from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, Capture
from motion_transfer.domain.landmarks import Detections, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.fitting.estimation import KnownPerson
from motion_transfer.fitting.ground_alignment import align_to_ground, horizontal_camera
from motion_transfer.fitting.observations import standing_frames
from motion_transfer.fitting.solver import one_thread
from motion_transfer.fitting.state import FitState
from motion_transfer.landmarks.mediapipe_layout import LAYOUT


@pytest.fixture(scope="module")
def capture(tiny_body: BodyModel, detections: Detections) -> Capture:
    return estimated(tiny_body, detections)


def changed(
    detections: Detections,
    *,
    xy_px: torch.Tensor | None = None,
    xyz_m: torch.Tensor | None = None,
    confidence: torch.Tensor | None = None,
) -> Detections:
    flat, solid = detections.landmarks_2d, detections.landmarks_3d
    trust = flat.confidence if confidence is None else confidence
    return dataclasses.replace(
        detections,
        landmarks_2d=Landmarks2D(xy_px=flat.xy_px if xy_px is None else xy_px, confidence=trust),
        landmarks_3d=Landmarks3D(xyz_m=solid.xyz_m if xyz_m is None else xyz_m, confidence=trust),
    )


def joints(model: BodyModel, motion: BodyMotion) -> torch.Tensor:
    return posed(model, motion).joints_m


def test_the_picture_and_the_pose_are_recovered(tiny_body: BodyModel, truth: BodyMotion, capture: Capture) -> None:
    assert capture.quality.reprojection_percent < 0.2
    assert capture.quality.silhouette_iou > 0.94
    error = pa_mpjpe_m(joints(tiny_body, capture.motion), joints(tiny_body, truth))
    assert error.mean() < 0.02
    assert error.max() < 0.04


def test_the_size_is_near_the_truth_and_betas_stay_small(
    tiny_body: BodyModel, truth: BodyMotion, capture: Capture
) -> None:
    """One view does not distinguish a tall person far away from a short one nearby: the prior decides a few percent."""
    fitted, real = posed(tiny_body, capture.motion).shaped, posed(tiny_body, truth).shaped
    assert fitted.height_m == pytest.approx(real.height_m, rel=0.05)
    assert capture.motion.shape.betas.abs().max() < 1.5
    assert (capture.motion.shape.clothing_offset_m == 0).all()


def test_standing_feet_stand_on_the_ground(tiny_body: BodyModel, truth: BodyMotion, capture: Capture) -> None:
    body = posed(tiny_body, capture.motion)
    soles = lowest_sole_m(body.shaped, body.world_from_rest)
    standing = soles[capture.motion.foot_contacts & truth.foot_contacts]
    assert standing.abs().mean() < 0.01
    assert standing.abs().max() < 0.03
    assert soles.min() > -0.03


def test_standing_people_stand_upright(tiny_body: BodyModel, detections: Detections, capture: Capture) -> None:
    at = joints(tiny_body, capture.motion)
    up = at[:, joint("neck")] - at[:, [joint("left_ankle"), joint("right_ankle")]].mean(1)
    lean = torch.rad2deg(torch.atan2(up[:, 2], up[:, 1])).abs()
    standing = standing_frames(detections)
    assert standing.float().mean() > 0.5
    assert lean[standing].max() <= 3


def test_the_motion_is_as_smooth_as_the_truth(capture: Capture) -> None:
    assert capture.quality.jitter < 1.2 * capture.quality.detector_jitter


@pytest.mark.parametrize("thinned", [1, 2])
def test_noise_is_stilled_at_any_frame_rate_and_the_picture_kept(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections, thinned: int
) -> None:
    """The detector's usual errors from frame to frame: 0.4 % of the height in the picture, 3 cm in space."""
    generator = torch.Generator().manual_seed(1)
    xy, xyz = detections.landmarks_2d.xy_px[::thinned], detections.landmarks_3d.xyz_m[::thinned]
    xy = xy + torch.randn(xy.shape, generator=generator) * 0.004 * 480 / 2**0.5
    xyz = xyz + torch.randn(xyz.shape, generator=generator) * 0.03 / 3**0.5
    noisy = dataclasses.replace(
        detections,
        landmarks_2d=Landmarks2D(xy_px=xy, confidence=torch.ones(xy.shape[:2])),
        landmarks_3d=Landmarks3D(xyz_m=xyz, confidence=torch.ones(xyz.shape[:2])),
        masks=Masks(compressed=detections.masks.compressed[::thinned], size=detections.masks.size),
        fps=FPS / thinned,
    )
    quality = estimated(tiny_body, noisy).quality
    moved = joints(tiny_body, truth)[::thinned].diff(n=2, dim=0).norm(dim=-1).mean() * float(noisy.fps) ** 2
    assert quality.detector_jitter > 1.5 * moved
    assert quality.jitter < 1.1 * moved
    assert quality.reprojection_percent < 0.6


def test_the_capture_says_what_was_seen(capture: Capture, detections: Detections) -> None:
    assert capture.quality.frames_without_person == 0
    assert (capture.motion.confidence == 1).all()
    assert capture.motion.fps == FPS
    assert capture.shot_starts == (0,)
    assert capture.detections is detections


def test_one_wrong_landmark_does_not_bend_the_fit(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections
) -> None:
    xy = detections.landmarks_2d.xy_px.clone()
    elbow = LAYOUT.index("left_elbow")
    xy[8:16, elbow] += torch.tensor([160.0, 120.0])
    bent = estimated(tiny_body, changed(detections, xy_px=xy))
    error_px = (landmarks_px(tiny_body, bent.motion, bent.camera) - detections.landmarks_2d.xy_px).norm(dim=-1)
    assert error_px.max() < 12  # the wrong one lies 200 px away, a person is 480 px tall
    error_px[:, elbow] = 0
    assert error_px.mean() < 1.5
    assert pa_mpjpe_m(joints(tiny_body, bent.motion), joints(tiny_body, truth)).max() < 0.04


def test_frames_without_the_person_are_bridged(tiny_body: BodyModel, truth: BodyMotion, detections: Detections) -> None:
    gone = slice(12, 17)
    xy, xyz = detections.landmarks_2d.xy_px.clone(), detections.landmarks_3d.xyz_m.clone()
    confidence = detections.landmarks_2d.confidence.clone()
    xy[gone], xyz[gone], confidence[gone] = 0, 0, 0
    bridged = estimated(tiny_body, changed(detections, xy_px=xy, xyz_m=xyz, confidence=confidence))
    assert bridged.quality.frames_without_person == 5
    assert (bridged.motion.confidence[gone] == 0).all()
    assert bridged.quality.reprojection_percent < 0.6
    at = joints(tiny_body, bridged.motion)
    assert at.isfinite().all()
    assert bridged.motion.pose.parent_from_joint.isfinite().all()
    acceleration = at.diff(n=2, dim=0).norm(dim=-1) * float(FPS) ** 2
    assert acceleration[10:17].max() < 1.2 * joints(tiny_body, truth).diff(n=2, dim=0).norm(dim=-1).max() * 225
    assert pa_mpjpe_m(at, joints(tiny_body, truth))[gone].max() < 0.15


def test_two_shots_do_not_bleed_into_each_other(tiny_body: BodyModel) -> None:
    first, second = (made_up_dance(tiny_body, seconds=0.6, seed=seed) for seed in (2, 5))
    half_turn = torch.diag(torch.tensor([-1.0, 1, -1]))
    rotations = second.pose.parent_from_joint.clone()
    rotations[:, 0] = half_turn @ rotations[:, 0]
    count = len(first)
    both = BodyMotion(
        shape=first.shape,
        pose=BodyPose(
            parent_from_joint=torch.cat([first.pose.parent_from_joint, rotations]),
            root_position_m=torch.cat(
                [first.pose.root_position_m, second.pose.root_position_m @ half_turn + torch.tensor([0.4, 0, 0])]
            ),
        ),
        fps=FPS,
        confidence=torch.ones(count + len(second)),
        foot_contacts=torch.cat([first.foot_contacts, second.foot_contacts]),
    )
    seen = exact_detections(tiny_body, both, known_camera())
    cut = slice(count - 2, count + 2)
    worst = []
    for starts in ((0, count), (0,)):
        fit = estimated(tiny_body, dataclasses.replace(seen, shot_starts=starts), iterations=120)
        assert fit.shot_starts == starts
        error_px = (landmarks_px(tiny_body, fit.motion, fit.camera) - seen.landmarks_2d.xy_px).norm(dim=-1)
        worst.append(float(error_px[cut].mean()))
    assert worst[0] < 1.0
    assert worst[0] < worst[1]


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


def test_motion_of_a_known_person_keeps_shape_and_camera(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections
) -> None:
    shape = dataclasses.replace(truth.shape, clothing_offset_m=torch.full((24,), 0.01))
    found = estimated(tiny_body, detections, KnownPerson(shape=shape, camera=known_camera()))
    assert torch.equal(found.motion.shape.betas, shape.betas)
    assert torch.equal(found.motion.shape.clothing_offset_m, shape.clothing_offset_m)
    assert torch.equal(found.camera.camera_from_world, known_camera().camera_from_world)
    error = (joints(tiny_body, found.motion) - joints(tiny_body, truth)).norm(dim=-1)
    assert error.mean() < 0.06
    assert found.quality.reprojection_percent < 0.6


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
        vertex=forearm.expand(frames, -1), xy_px=goal, weights=torch.full((frames, count), 20.0 / count)
    )
    moved = make_refiner(tiny_body)(capture, targets, advance=lambda: None)
    distance = [
        float((capture.camera.project(body.posed(p).vertices_m()[:, forearm])[0] - goal).norm(dim=-1).mean())
        for p in (capture.motion.pose, moved.motion.pose)
    ]
    assert distance[1] < 0.4 * distance[0]
    assert torch.equal(moved.motion.shape.betas, capture.motion.shape.betas)
    assert torch.equal(moved.camera.intrinsics_px, capture.camera.intrinsics_px)


def test_a_refit_without_targets_keeps_the_motion(tiny_body: BodyModel, capture: Capture) -> None:
    frames = len(capture.motion)
    nothing = SurfaceTargets(
        vertex=torch.zeros(frames, 1, dtype=torch.long), xy_px=torch.zeros(frames, 1, 2), weights=torch.zeros(frames, 1)
    )
    again = make_refiner(tiny_body)(capture, nothing, advance=lambda: None)
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
