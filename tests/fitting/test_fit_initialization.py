import dataclasses
from dataclasses import replace

import pytest
import roma
import torch
from known_clips import FPS, estimated, exact_detections, known_camera, naked, posed

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.fitting.ground_alignment import horizontal_camera
from motion_transfer.fitting.initialization import initial_rotations, initial_state
from motion_transfer.fitting.observations import (
    BONES,
    REQUIRED_LANDMARKS,
    landmark_trust,
    person_heights_px,
    planted_in_picture,
    standing_frames,
)
from motion_transfer.fitting.part_orientations import PartOrientations
from motion_transfer.landmarks.mediapipe_layout import LAYOUT


def bones(joints_m: torch.Tensor) -> torch.Tensor:
    ends = torch.tensor([[joint(near), joint(far)] for near, far in BONES])
    return torch.nn.functional.normalize(joints_m[:, ends[:, 1]] - joints_m[:, ends[:, 0]], dim=-1)


def angle_deg(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return torch.rad2deg(torch.atan2(torch.linalg.cross(first, second).norm(dim=-1), (first * second).sum(-1)))


def with_confidence(detections: Detections, confidence: torch.Tensor) -> Detections:
    return Detections(
        layout=detections.layout,
        landmarks_2d=Landmarks2D(xy_px=detections.landmarks_2d.xy_px, confidence=confidence),
        landmarks_3d=detections.landmarks_3d,
        masks=detections.masks,
        size=detections.size,
        fps=detections.fps,
    )


def test_the_start_has_the_limbs_where_landmarks_at_the_joints_have_them(
    tiny_body: BodyModel, truth: BodyMotion
) -> None:
    body = posed(tiny_body, truth)
    world = landmark_anchors(tiny_body, LAYOUT.names).posed(truth.shape.betas, body.world_from_rest)
    frames = len(world)
    unseen = PartOrientations(world_from_part=torch.eye(3).expand(frames, 3, 3, 3), trust=torch.zeros(frames, 3))
    rotations = initial_rotations(world, LAYOUT.names, body.shaped.rest_joints_m, unseen)
    assert torch.allclose(rotations @ rotations.mT, torch.eye(3).expand_as(rotations), atol=1e-4)
    assert (torch.linalg.det(rotations) > 0).all()
    pose = BodyPose(parent_from_joint=rotations, root_position_m=truth.pose.root_position_m)
    found = body.shaped.posed(pose).joints_m
    assert angle_deg(bones(found), bones(body.joints_m)).max() < 0.2
    assert (found - body.joints_m).norm(dim=-1).mean() < 0.04


def test_the_start_stands_where_the_person_stands(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections
) -> None:
    """Without pitch the camera is the true one; its depth comes from the size in the picture."""
    start = initial_state(tiny_body, detections, known_camera(), truth.shape.betas)
    error = start.root_position_m - truth.pose.root_position_m
    assert error[:, :2].abs().max() < 0.08
    assert error[:, 2].abs().max() < 0.3
    assert start.ground[1] == 0
    assert start.ground[0].abs() < 0.15


def test_a_clip_that_never_shows_the_person_is_refused(tiny_body: BodyModel, detections: Detections) -> None:
    faint = with_confidence(detections, torch.full_like(detections.landmarks_2d.confidence, 0.2))
    camera = horizontal_camera(detections.size, 0.95)
    with pytest.raises(ValueError, match="expected frames that show the whole person, found none"):
        initial_state(tiny_body, faint, camera, torch.zeros(10))


def test_a_detector_without_the_landmarks_that_the_fit_needs_is_refused_in_one_line(
    tiny_body: BodyModel, detections: Detections
) -> None:
    names = tuple(name.replace("heel", "sole") for name in LAYOUT.names)
    other = dataclasses.replace(detections, layout=LandmarkLayout(names=names, bias_m=LAYOUT.bias_m))
    message = "expected a detector whose landmarks suffice for fitting a body, got one without left_heel, right_heel"
    with pytest.raises(ValueError, match=message) as caught:
        estimated(tiny_body, other)
    assert "\n" not in str(caught.value)


def test_the_start_needs_no_more_than_the_required_landmarks_in_any_order(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections
) -> None:
    rows = [LAYOUT.index(name) for name in reversed(REQUIRED_LANDMARKS)]
    xy_px, confidence = detections.landmarks_2d.xy_px[:, rows], detections.landmarks_2d.confidence[:, rows]
    fewer = dataclasses.replace(
        detections,
        layout=LandmarkLayout(names=REQUIRED_LANDMARKS[::-1], bias_m=LAYOUT.bias_m[rows]),
        landmarks_2d=Landmarks2D(xy_px=xy_px, confidence=confidence),
        landmarks_3d=Landmarks3D(xyz_m=detections.landmarks_3d.xyz_m[:, rows], confidence=confidence),
    )
    all_given, required = (
        initial_state(tiny_body, seen, known_camera(), truth.shape.betas) for seen in (detections, fewer)
    )
    assert torch.allclose(required.parent_from_joint, all_given.parent_from_joint, atol=1e-5)
    assert torch.allclose(required.root_position_m, all_given.root_position_m, atol=1e-4)


def test_limbs_are_trusted_more_than_the_face_and_doubtful_ones_hardly(detections: Detections) -> None:
    confidence = torch.ones_like(detections.landmarks_2d.confidence)
    confidence[1] = 0.2
    trust = landmark_trust(with_confidence(detections, confidence))
    assert trust[0, detections.layout.index("left_wrist")] > 2 * trust[0, detections.layout.index("nose")]
    assert (trust[1] < 0.1 * trust[0]).all()


def test_the_persons_size_survives_frames_without_it(detections: Detections) -> None:
    heights = person_heights_px(detections)
    confidence = torch.ones_like(detections.landmarks_2d.confidence)
    confidence[5:8] = 0
    bridged = person_heights_px(with_confidence(detections, confidence))
    assert torch.equal(bridged[:5], heights[:5])
    assert ((bridged[5:8] > heights.min() * 0.95) & (bridged[5:8] < heights.max() * 1.05)).all()


def test_planted_feet_are_mostly_seen_in_the_picture(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections
) -> None:
    planted = planted_in_picture(detections, person_heights_px(detections))
    assert planted[truth.foot_contacts].float().mean() > 0.7
    ankles = posed(tiny_body, truth).joints_m[:, [joint("left_ankle"), joint("right_ankle")]]
    speed = ankles.diff(dim=0).norm(dim=-1) * float(truth.fps)
    swinging = torch.minimum(speed[1:], speed[:-1]) > 0.6
    assert swinging.sum() > 3
    assert planted[1:-1][swinging].float().mean() < 0.5  # feet that swing toward the camera hardly move in the picture


def test_only_people_on_straight_legs_stand(tiny_body: BodyModel) -> None:
    rotations = torch.eye(3).repeat(2, len(JOINTS), 1, 1)
    bend = roma.rotvec_to_rotmat(torch.tensor([-1.2, 0.0, 0.0]))
    for side in ("left", "right"):
        rotations[1, joint(f"{side}_hip")] = bend
        rotations[1, joint(f"{side}_knee")] = bend.T @ bend.T
    pose = BodyPose(parent_from_joint=rotations, root_position_m=torch.tensor([[0.0, 0.95, 0.0]]).expand(2, -1))
    motion = BodyMotion(
        shape=naked(), pose=pose, fps=FPS, confidence=torch.ones(2), foot_contacts=torch.ones(2, 2, dtype=torch.bool)
    )
    found = standing_frames(exact_detections(tiny_body, motion, known_camera()))
    assert found.tolist() == [True, False]


def test_who_sits_and_faces_the_camera_does_not_stand_though_the_picture_shows_straight_legs(
    tiny_body: BodyModel,
) -> None:
    """Thighs that point at the camera only make the legs short, as a camera from above would."""
    rotations = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    bend = roma.rotvec_to_rotmat(torch.tensor([-1.1, 0.0, 0.0]))
    for side in ("left", "right"):
        rotations[0, joint(f"{side}_hip")] = bend
        rotations[0, joint(f"{side}_knee")] = bend.T
    rotations[0, joint("spine1")] = roma.rotvec_to_rotmat(torch.tensor([0.6, 0.0, 0.0]))
    pose = BodyPose(parent_from_joint=rotations, root_position_m=torch.tensor([[0.0, 0.75, 0.0]]))
    motion = BodyMotion(
        shape=naked(), pose=pose, fps=FPS, confidence=torch.ones(1), foot_contacts=torch.ones(1, 2, dtype=torch.bool)
    )
    detections = exact_detections(tiny_body, motion, known_camera())
    assert not standing_frames(detections).any()
    upright = exact_detections(
        tiny_body,
        replace(motion, pose=replace(pose, parent_from_joint=torch.eye(3).expand_as(rotations))),
        known_camera(),
    )
    assert standing_frames(replace(detections, landmarks_3d=upright.landmarks_3d)).all()  # by the picture alone
