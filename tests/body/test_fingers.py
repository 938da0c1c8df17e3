from dataclasses import replace

import pytest
import roma
import torch
from fingered_body import random_fingers, with_fingers

from motion_transfer.body.fingers import BONES, DIGITS, FINGER_JOINTS, OF_A_HAND, hinges
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import HANDS
from motion_transfer.domain.body_motion import BodyPose, BodyShape

SHAPE = BodyShape(betas=torch.linspace(-1, 1, 10), clothing_offset_m=torch.zeros(24))


@pytest.fixture(scope="module")
def model(tiny_body: BodyModel) -> BodyModel:
    return with_fingers(tiny_body)


def pose(frames: int = 2) -> BodyPose:
    turns = 0.4 * torch.randn(frames, 24, 3, generator=torch.Generator().manual_seed(1))
    return BodyPose(parent_from_joint=roma.rotvec_to_rotmat(turns), root_position_m=torch.zeros(frames, 3))


def test_the_joints_are_those_of_smpl_h_in_its_order() -> None:
    assert FINGER_JOINTS[:4] == ("left_index1", "left_index2", "left_index3", "left_middle1")
    assert FINGER_JOINTS[12] == "left_thumb1"
    assert FINGER_JOINTS[15] == "right_index1"


def test_fingers_at_rest_leave_the_body_as_it_is(model: BodyModel) -> None:
    body, still = shape_body(model, SHAPE), torch.eye(3).expand(2, 30, 3, 3)
    at_rest = body.posed(replace(pose(), fingers=still)).vertices_m()
    assert torch.allclose(at_rest, body.posed(pose()).vertices_m(), atol=1e-6)


def test_fingers_move_as_a_chain_of_joints_that_starts_at_the_hand(model: BodyModel) -> None:
    body, fingers = shape_body(model, SHAPE), random_fingers(2)
    posed = body.posed(replace(pose(), fingers=fingers))
    assert model.finger_weights is not None
    assert model.finger_regressor is not None
    joints = model.finger_regressor @ body.rest_vertices_m
    moved, plain = posed.vertices_m(), body.posed(pose()).vertices_m()
    for finger in (0, 4, 29):
        hand = g = posed.world_from_rest[1, HANDS[finger // OF_A_HAND]]
        for bone in range(finger - finger % BONES, finger + 1):
            to, back, turn = torch.eye(4), torch.eye(4), torch.eye(4)
            to[:3, 3], back[:3, 3], turn[:3, :3] = joints[bone], -joints[bone], fingers[1, bone]
            g = g @ to @ turn @ back
        vertex = int(model.finger_weights[:, finger].argmax())
        shift = (g - hand) @ torch.cat([body.rest_vertices_m[vertex], torch.ones(1)])
        assert torch.allclose(moved[1, vertex], plain[1, vertex] + shift[:3], atol=1e-5)


def test_fingers_can_be_left_at_rest(model: BodyModel) -> None:
    body, handed = shape_body(model, SHAPE), replace(pose(), fingers=random_fingers(2))
    assert torch.equal(body.posed(handed, fingers=False).vertices_m(), body.posed(pose()).vertices_m())


def test_vertices_of_no_finger_stay(model: BodyModel) -> None:
    body = shape_body(model, SHAPE)
    assert model.finger_weights is not None
    other = model.finger_weights.sum(1) == 0
    moved = body.posed(replace(pose(), fingers=random_fingers(2))).vertices_m()
    assert torch.equal(moved[:, other], body.posed(pose()).vertices_m()[:, other])


def test_a_body_without_finger_joints_takes_no_notice_of_fingers(tiny_body: BodyModel) -> None:
    body = shape_body(tiny_body, SHAPE)
    moved = body.posed(replace(pose(), fingers=random_fingers(2))).vertices_m()
    assert torch.equal(moved, body.posed(pose()).vertices_m())


def test_some_frames_have_the_fingers_of_these_frames(model: BodyModel) -> None:
    posed = shape_body(model, SHAPE).posed(replace(pose(3), fingers=random_fingers(3)))
    assert torch.allclose(posed.vertices_m(slice(1, 2)), posed.vertices_m()[1:2], atol=1e-6)


def test_positive_angles_bend_fingers_down_to_the_palm_and_thumbs_to_the_fingers() -> None:
    joints = torch.zeros(2, len(DIGITS), BONES, 3)
    for hand, outward in enumerate((1.0, -1.0)):
        joints[hand, :, :, 0] = outward * (0.7 + 0.03 * torch.arange(3))
        joints[hand, :, :, 2] = torch.tensor([0.03, 0.01, -0.03, -0.01, 0.05])[:, None]
        joints[hand, -1, :, 2] += 0.03 * torch.arange(3)
    axes = hinges(joints.flatten(0, 2)).unflatten(0, (2, len(DIGITS), BONES))
    bones = joints[:, :, 1:] - joints[:, :, :-1]
    bent = torch.linalg.cross(axes[:, :, 1:], bones, dim=-1)  # where each bone starts to move
    assert (bent[:, :-1, :, 1] < 0).all()
    toward_fingers = bones[:, 0, :1]
    assert ((bent[:, -1] * toward_fingers).sum(-1) > 0).all()


@pytest.mark.slow
def test_the_free_bodys_hand_closes_to_a_fist(free_body: BodyModel) -> None:
    assert free_body.finger_weights is not None
    assert free_body.finger_regressor is not None
    body = shape_body(free_body, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24)))
    axes = hinges(free_body.finger_regressor @ body.rest_vertices_m)
    tips = [int(free_body.finger_weights[:, 3 * digit + 2].argmax()) for digit in range(4)]
    away = []
    for angle in (-0.3, 0.0, 0.9):
        fingers = roma.rotvec_to_rotmat(angle * axes)[None]
        still = BodyPose(
            parent_from_joint=torch.eye(3).expand(1, 24, 3, 3), root_position_m=torch.zeros(1, 3), fingers=fingers
        )
        posed = body.posed(still)
        away.append((posed.vertices_m()[0, tips] - posed.joints_m[0, HANDS[0] - 2]).norm(dim=-1).mean())
    opened, resting, closed = map(float, away)
    assert opened > resting > 1.3 * closed
