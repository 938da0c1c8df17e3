import math

import roma
import torch

from motion_transfer.body.arms import hand_points_m
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import ELBOWS, HANDS, HIPS, SHOULDERS, WRISTS, joint
from motion_transfer.body.thighs import measure_thighs
from motion_transfer.body.trunk import SPINE, measure_trunk
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.retargeting.self_collision import arms_out_of_trunk, resolve_self_collisions

FPS = 25
STAND_M = torch.tensor([0.3, 0.9, -1.0])


def body(model: BodyModel, clothing_offset_m: float = 0.0) -> ShapedBody:
    offset = torch.zeros(24)
    offset[[joint(name) for name in SPINE]] = clothing_offset_m
    return shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=offset))


def standing(frames: int, *, arms_down_deg: float, turned_deg: float = 0.0) -> BodyPose:
    """Arms lowered from the T-pose by so much: at 90 degrees they hang, beyond it they lie in the trunk."""
    rotations = torch.eye(3).repeat(frames, 24, 1, 1)
    down = math.radians(arms_down_deg)
    rotations[:, 0] = roma.rotvec_to_rotmat(torch.tensor([0.0, math.radians(turned_deg), 0.0]))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        rotations[:, joint(f"{side}_shoulder")] = roma.rotvec_to_rotmat(torch.tensor([0.0, 0.0, sign * down]))
    return BodyPose(parent_from_joint=rotations, root_position_m=STAND_M.expand(frames, 3))


def deepest_m(pose: BodyPose, shaped: ShapedBody) -> float:
    """How far the arm farthest inside would have to move to leave the trunk."""
    posed, trunk = shaped.posed(pose), measure_trunk(shaped)
    vectors = [trunk.penetration_vectors_m(posed.joints_m[:, j], posed.world_from_rest) for j in (*ELBOWS, *WRISTS)]
    return float(torch.stack(vectors).norm(dim=-1).max())


def test_arms_in_the_trunk_are_brought_out_and_nothing_else_moves(tiny_body: BodyModel) -> None:
    stout = body(tiny_body, 0.05)
    pose = standing(12, arms_down_deg=100, turned_deg=40)
    before = deepest_m(pose, stout)
    outside = resolve_self_collisions(pose, stout, FPS, smoothing_s=0.06)
    assert before > 0.03
    assert deepest_m(outside, stout) < 0.2 * before
    others = [j for j in range(24) if j not in (*SHOULDERS, *ELBOWS, *WRISTS)]
    assert torch.equal(outside.parent_from_joint[:, others], pose.parent_from_joint[:, others])
    assert torch.equal(outside.root_position_m, pose.root_position_m)


def test_a_bent_arm_swings_out_and_its_hand_stays(tiny_body: BodyModel) -> None:
    """Hands before the belly, elbows in the sides of a stout trunk."""
    stout, pose = body(tiny_body, 0.07), standing(12, arms_down_deg=95)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        bend = roma.rotvec_to_rotmat(torch.tensor([0.0, sign * math.radians(75), 0.0]))
        pose.parent_from_joint[:, joint(f"{side}_elbow")] = bend
    before, out = stout.posed(pose), arms_out_of_trunk(pose, stout, FPS, smoothing_s=0.06, sunk_m=0.02)
    after = stout.posed(out)
    assert deepest_m(pose, stout) > 0.05
    assert deepest_m(out, stout) < 0.021
    hands = [*WRISTS, *HANDS]
    assert (before.joints_m - after.joints_m)[:, hands].norm(dim=-1).max() < 0.01
    turned = before.world_from_rest[:, hands, :3, :3].mT @ after.world_from_rest[:, hands, :3, :3]
    assert torch.rad2deg(roma.rotmat_geodesic_distance(turned, torch.eye(3).expand_as(turned))).max() < 5


def test_arms_that_are_outside_stay_as_they_are(tiny_body: BodyModel) -> None:
    pose = standing(5, arms_down_deg=30)
    kept = resolve_self_collisions(pose, body(tiny_body), FPS, smoothing_s=0.06)
    assert torch.allclose(kept.parent_from_joint, pose.parent_from_joint, atol=1e-5)


def test_hands_in_thicker_thighs_are_brought_out(tiny_body: BodyModel) -> None:
    offset = torch.zeros(24)
    offset[HIPS] = 0.03
    stout = shape_body(tiny_body, BodyShape(betas=torch.zeros(10), clothing_offset_m=offset))
    thighs = measure_thighs(stout)

    def deepest_hand_m(pose: BodyPose) -> float:
        joints = stout.posed(pose).joints_m
        hands = hand_points_m(joints[:, WRISTS], joints[:, HANDS])
        return float(thighs.penetration_vectors_m(hands, joints).norm(dim=-1).max())

    pose = sitting_with_hands_in_thighs(12)
    before = deepest_hand_m(pose)
    assert before > 0.08
    assert deepest_hand_m(resolve_self_collisions(pose, stout, FPS, smoothing_s=0.06)) < 0.4 * before


def sitting_with_hands_in_thighs(frames: int) -> BodyPose:
    rotations = torch.eye(3).repeat(frames, 24, 1, 1)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rotations[:, joint(f"{side}_hip")] = roma.rotvec_to_rotmat(torch.tensor([-math.pi / 2, 0.0, 0.0]))
        to_thigh = torch.tensor([-0.08 * sign, -0.48, 0.36])
        rotations[:, joint(f"{side}_shoulder")] = shortest_rotation(torch.tensor([sign, 0.0, 0.0]), to_thigh)
    return BodyPose(parent_from_joint=rotations, root_position_m=STAND_M.expand(frames, 3))
