import roma
import torch

from motion_transfer.body.arms import arm_driven_joints, hand_points_m
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body, skinning_transforms
from motion_transfer.body.skeleton import ELBOWS, HANDS, JOINTS, WRISTS, joint
from motion_transfer.body.thighs import HALF_HAND_M, measure_thighs
from motion_transfer.domain.body_motion import BodyShape


def shaped(model: BodyModel, thigh_m: float = 0.0) -> ShapedBody:
    offset_m = torch.zeros(24)
    offset_m[[joint("left_hip"), joint("right_hip")]] = thigh_m
    return shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=offset_m))


def test_trousers_widen_the_thighs(tiny_body: BodyModel) -> None:
    thin, thick = (measure_thighs(shaped(tiny_body, t)).radii_m for t in (0.0, 0.03))
    assert ((thick - thin)[:, 0] > 0.02).all()


def test_a_point_in_a_thigh_is_shown_the_way_to_its_surface(tiny_body: BodyModel) -> None:
    body = shaped(tiny_body)
    thighs, joints = measure_thighs(body), body.rest_joints_m[None]
    middle = (joints[0, joint("left_hip")] + joints[0, joint("left_knee")]) / 2
    ahead = torch.tensor([0.0, 0.0, 1.0])
    way = thighs.penetration_vectors_m((middle + 0.02 * ahead)[None, None], joints)[0, 0]
    depth = float(thighs.radii_m[0].mean()) + HALF_HAND_M - 0.02
    assert torch.allclose(way[0], depth * ahead, atol=0.01)
    assert (way[1] == 0).all(), "the other thigh is far away"
    assert (thighs.penetration_vectors_m((middle + 0.3 * ahead)[None, None], joints) == 0).all()


def test_hands_of_a_standing_body_are_outside(tiny_body: BodyModel) -> None:
    body = shaped(tiny_body)
    joints = body.rest_joints_m[None]
    assert (
        measure_thighs(body).penetration_vectors_m(hand_points_m(joints[:, WRISTS], joints[:, HANDS]), joints) == 0
    ).all()


def test_the_points_of_a_hand_lead_from_the_wrist_past_the_knuckles(tiny_body: BodyModel) -> None:
    joints = shaped(tiny_body).rest_joints_m[None]
    left = hand_points_m(joints[:, WRISTS], joints[:, HANDS])[0, :4]
    assert torch.equal(left[0], joints[0, joint("left_wrist")])
    assert torch.allclose(left[2], joints[0, joint("left_hand")])
    assert (left[3] - left[0]).norm() > (left[2] - left[0]).norm()


def test_hands_pull_on_their_arms_only(tiny_body: BodyModel) -> None:
    rotations = roma.random_rotmat(24).requires_grad_()
    root = torch.zeros(1, 3, requires_grad=True)
    world, joints = skinning_transforms(shaped(tiny_body).rest_joints_m, rotations[None], root)
    _, elbows, wrists, knuckles = arm_driven_joints(joints, rotations[None], world)
    assert torch.allclose(elbows, joints[:, ELBOWS], atol=1e-5)
    assert torch.allclose(wrists, joints[:, WRISTS], atol=1e-5)
    assert torch.allclose(knuckles, joints[:, HANDS], atol=1e-5)
    knuckles.sum().backward()
    assert root.grad is None
    assert rotations.grad is not None
    pulled = {name for name, grad in zip(JOINTS, rotations.grad, strict=True) if (grad != 0).any()}
    assert pulled == {f"{side}_{name}" for side in ("left", "right") for name in ("shoulder", "elbow", "wrist")}
