"""Head and wrists are turned as face mesh and hand landmarks show them."""

from dataclasses import replace

import pytest
import roma
import torch
from known_clips import estimated, exact_detections, known_camera, made_up_dance, posed
from known_parts import exact_parts

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.observations import observe
from motion_transfer.fitting.part_orientations import PART_JOINTS, PARTS, line_of_sight, part_orientations


@pytest.fixture(scope="module")
def motion(tiny_body: BodyModel) -> BodyMotion:
    """A dance of somebody who nods, looks aside and turns the hands."""
    motion = made_up_dance(tiny_body, seconds=1.0)
    turned = motion.pose.parent_from_joint.clone()
    wave = torch.linspace(0, 6, len(motion)).sin()
    for name, axis, most in (("head", 0, 0.5), ("neck", 1, 0.7), ("left_wrist", 0, 0.9), ("right_wrist", 0, -0.8)):
        turned[:, joint(name)] = roma.rotvec_to_rotmat(most * wave[:, None] * torch.eye(3)[axis])
    return replace(motion, pose=BodyPose(parent_from_joint=turned, root_position_m=motion.pose.root_position_m))


def detected(tiny_body: BodyModel, motion: BodyMotion) -> Detections:
    camera = known_camera()
    return replace(exact_detections(tiny_body, motion, camera), parts=exact_parts(posed(tiny_body, motion), camera))


def errors_rad(found: PosedBody, true: PosedBody) -> torch.Tensor:
    turned, truly = (body.world_from_rest[:, PART_JOINTS, :3, :3] for body in (found, true))
    return roma.rotmat_geodesic_distance(turned, truly)


def test_orientations_are_those_of_the_body_that_is_seen(tiny_body: BodyModel, motion: BodyMotion) -> None:
    seen = part_orientations(detected(tiny_body, motion), known_camera())
    true = posed(tiny_body, motion).world_from_rest[:, PART_JOINTS, :3, :3]
    assert (seen.trust > 0.5).all()
    assert roma.rotmat_geodesic_distance(seen.world_from_part, true).max() < 0.02


def test_what_is_not_found_is_not_trusted_and_leaves_the_bodys_landmarks_as_they_count(
    tiny_body: BodyModel, motion: BodyMotion
) -> None:
    found = detected(tiny_body, motion)
    assert found.parts is not None
    nothing = replace(
        found.parts,
        face_confidence=torch.zeros(len(motion)),
        hand_confidence=torch.zeros(len(motion), 2),
    )
    without, lost = (observe(replace(found, parts=parts), known_camera()) for parts in (None, nothing))
    assert not part_orientations(replace(found, parts=nothing), known_camera()).trust.any()
    assert torch.equal(without.head, lost.head)
    assert torch.equal(without.head_trust, lost.head_trust)
    assert torch.equal(without.trust, lost.trust)
    assert not lost.wrist_trust.any()


def test_the_bodys_landmarks_count_less_beside_a_found_face_and_as_much_elsewhere(
    tiny_body: BodyModel, motion: BodyMotion
) -> None:
    found = detected(tiny_body, motion)
    beside, without = (observe(replace(found, parts=parts), known_camera()).trust for parts in (found.parts, None))
    head, left_wrist, _ = part_orientations(found, known_camera()).trust.T
    ratio = beside / without
    assert torch.allclose(ratio[:, found.layout.index("nose")], 1 - 0.8 * head)
    assert torch.allclose(ratio[:, found.layout.index("left_index")], 1 - 0.8 * left_wrist)
    assert (ratio[:, found.layout.index("left_wrist")] == 1).all()


def test_a_hand_that_is_turned_over_for_a_single_frame_is_hardly_trusted_there(
    tiny_body: BodyModel, motion: BodyMotion
) -> None:
    found = detected(tiny_body, motion)
    assert found.parts is not None
    hands_m = found.parts.hands_m.clone()
    hands_m[7, 0] *= torch.tensor([-1.0, -1.0, 1.0])
    usual, odd = (
        part_orientations(replace(found, parts=parts), known_camera()).trust[7, 1]
        for parts in (found.parts, replace(found.parts, hands_m=hands_m))
    )
    assert odd < 0.2 * usual


@pytest.mark.slow
def test_the_fit_turns_head_and_wrists_as_they_are_seen(tiny_body: BodyModel, motion: BodyMotion) -> None:
    found, true = without_fingers(detected(tiny_body, motion)), posed(tiny_body, motion)
    without, seen = (
        errors_rad(posed(tiny_body, estimated(tiny_body, one, iterations=80).motion), true).median(0).values
        for one in (replace(found, parts=None), found)
    )
    wrists = [PARTS.index("left_wrist"), PARTS.index("right_wrist")]
    assert (seen < 0.15).all()
    assert (seen[wrists] < 0.4 * without[wrists]).all()


def without_fingers(found: Detections) -> Detections:
    """The body's landmarks do not show where fingers are."""
    confidence = found.landmarks_2d.confidence.clone()
    confidence[:, [i for i, n in enumerate(found.layout.names) if n.endswith(("_index", "_pinky", "_thumb"))]] = 0
    return replace(found, landmarks_2d=replace(found.landmarks_2d, confidence=confidence))


def test_a_line_of_sight_is_where_the_camera_sees_the_point() -> None:
    camera = known_camera()
    at_px = torch.tensor([[30.0, 500.0], [240.0, 320.0]])
    ahead = line_of_sight(at_px, camera)[:, :, 2] * 3
    pixels = ahead @ camera.intrinsics_px.T
    assert torch.allclose(pixels[:, :2] / pixels[:, 2:], at_px, atol=1e-2)
