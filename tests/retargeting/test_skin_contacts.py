"""Poses in which hands are laid onto the body by hand, and distances taken between vertices of the posed mesh."""

from fractions import Fraction

import pytest
import roma
import torch
from jaxtyping import Float
from tiny_walks import camera_at, shape_of
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import ELBOWS, HIPS, KNEES, PARTS, SHOULDERS, WRISTS, joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.body.trunk import measure_trunk
from motion_transfer.body.two_bone_ik import move_end_effector
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.retargeting.retargeter import Retargeter
from motion_transfer.retargeting.self_collision import SelfCollisionResolver
from motion_transfer.retargeting.shape_swap import ShapeSwap
from motion_transfer.retargeting.target_scene import TargetScene

FRAMES = 40
HELD = slice(18, 22)  # the middle of the contact
APART_M = 0.008
Proportions = tuple[tuple[float, ...], float]  # betas, and how far clothes lift off trunk and thighs
SLIM, STOUT = ((-1.5, 0.0, 0.0, 0.0, 2.0), 0.0), ((1.5, 0.0, 0.0, 0.0, -3.0), 0.03)


def body_of(model: BodyModel, betas: tuple[float, ...], clothes_m: float) -> ShapedBody:
    offset = torch.zeros(24)
    offset[[joint(name) for name in ("pelvis", "spine1", "spine2", "spine3", "left_hip", "right_hip")]] = clothes_m
    return shape_body(model, BodyShape(betas=shape_of(*betas).betas, clothing_offset_m=offset))


def leaning(body: ShapedBody, *, bent_deg: float, knees_deg: float, lowered_deg: float = 60) -> BodyPose:
    """Standing with a bent trunk and bent knees, arms lowered, soles on the ground."""
    angles = torch.zeros(FRAMES, 24, 3)
    angles[:, joint("spine1"), 0] = bent_deg
    for side, sign in (("left", -1.0), ("right", 1.0)):
        angles[:, joint(f"{side}_hip"), 0], angles[:, joint(f"{side}_knee"), 0] = -knees_deg, 2 * knees_deg
        angles[:, joint(f"{side}_shoulder"), 2] = sign * lowered_deg
    pose = BodyPose(parent_from_joint=roma.rotvec_to_rotmat(angles.deg2rad()), root_position_m=torch.zeros(FRAMES, 3))
    lowest = lowest_sole_m(body, body.posed(pose).world_from_rest).amin(1)
    return BodyPose(
        parent_from_joint=pose.parent_from_joint, root_position_m=torch.stack([0 * lowest, -lowest, 0 * lowest], 1)
    )


def laid(body: ShapedBody, pose: BodyPose, side: int, hand: int, towards: Float[Tensor, "frame 3"]) -> BodyPose:
    """Bring a vertex of a hand to a place, smoothly at the beginning and the end."""
    fade = torch.hann_window(FRAMES, periodic=False)[:, None].sqrt().clamp(0, 1)
    arm = (SHOULDERS[side], ELBOWS[side], WRISTS[side])
    for _ in range(4):
        posed = body.posed(pose)
        wrist = posed.joints_m[:, arm[2]]
        reach = torch.full((FRAMES,), 0.999) * sum(
            (posed.joints_m[:, a] - posed.joints_m[:, b]).norm(dim=-1) for a, b in zip(arm, arm[1:], strict=False)
        )
        shift = (towards - posed.vertices_m()[:, hand]) * fade
        pose = move_end_effector(pose, posed, arm, wrist + shift, -posed.world_from_rest[:, 9, :3, 0], reach)
    return pose


def farthest(body: ShapedBody, part: str, direction: tuple[float, float, float]) -> int:
    """The vertex of a part that reaches farthest at rest."""
    own = (body.model.part_of_vertex == PARTS.index(part)).nonzero().flatten()
    return int(own[(body.rest_vertices_m[own] @ torch.tensor(direction)).argmax()])


def side_of_hip(body: ShapedBody, side: int) -> int:
    """The vertex at the height of a hip joint that lies farthest out."""
    sign = 1.0 if side == 0 else -1.0
    rest = body.rest_vertices_m
    level = (rest[:, 1] - body.rest_joints_m[HIPS[side], 1] - 0.05).abs() < 0.04
    arms = torch.tensor([i for i, name in enumerate(PARTS) if "arm" in name or "hand" in name])
    level &= ~torch.isin(body.model.part_of_vertex, arms)
    return int((rest[:, 0] * sign).masked_fill(~level, -9).argmax())


def front_of_knee(body: ShapedBody, side: int) -> int:
    rest, knee = body.rest_vertices_m, body.rest_joints_m[KNEES[side]]
    near = (rest - knee).norm(dim=-1) < 0.12
    return int(rest[:, 2].masked_fill(~near, -9).argmax())


def retargeted(source: ShapedBody, pose: BodyPose, target: ShapedBody, *, kept: bool) -> BodyPose:
    motion = BodyMotion(
        shape=shape_of(),
        pose=pose,
        fps=Fraction(25),
        confidence=torch.ones(FRAMES),
        foot_contacts=torch.ones(FRAMES, 2, dtype=torch.bool),
    )
    scene = TargetScene(body=target, motion=motion, camera=camera_at())
    steps = {"shape_swap": ShapeSwap(), "self_collision": SelfCollisionResolver(smoothing_s=0.06)}
    return Retargeter(skin_contacts=kept, steps=steps)(motion, None, source, scene).motion.pose


def gap_m(body: ShapedBody, pose: BodyPose, first: int, second: int) -> float:
    """Between two vertices while the contact is held."""
    vertices = body.posed(pose).vertices_m(HELD)
    return float((vertices[:, first] - vertices[:, second]).norm(dim=-1).max())


def hands_on(body: ShapedBody, where: str) -> tuple[BodyPose, list[tuple[int, int]]]:
    """The pose, and the vertices that touch."""
    palms = [farthest(body, f"{side}_hand", (0.0, -1.0, 0.0)) for side in ("left", "right")]
    pose = leaning(body, bent_deg=50 if where == "knees" else 5, knees_deg=45 if where == "knees" else 10)
    if where == "clasped":  # beside the trunk, so that the arms differ
        chest = body.posed(pose).joints_m[:, joint("spine2")] + torch.tensor([0.2, 0.0, 0.25])
        for side in range(2):
            out = torch.tensor([APART_M / 2 * (1 - 2 * side), 0.0, 0.0])
            pose = laid(body, pose, side, palms[side], chest + out)
        return pose, [(palms[0], palms[1])]
    touched = [(side_of_hip if where == "hips" else front_of_knee)(body, side) for side in range(2)]
    posed = body.posed(pose)
    for side in range(2):
        out = torch.tensor([1.0 - 2 * side, 0.0, 0.0] if where == "hips" else [0.0, 0.3, 1.0]) * APART_M
        pose = laid(body, pose, side, palms[side], posed.vertices_m()[:, touched[side]] + out)
    return pose, list(zip(palms, touched, strict=True))


def gaps_m(where: str, source: ShapedBody, target: ShapedBody) -> tuple[float, float, float]:
    """The widest gap between vertices that touch: on the source, on the target without the setting, and with it."""
    pose, pairs = hands_on(source, where)
    before = max(gap_m(source, pose, *pair) for pair in pairs)
    poses = [retargeted(source, pose, target, kept=kept) for kept in (False, True)]
    without, kept = (max(gap_m(target, one, *pair) for pair in pairs) for one in poses)
    return before, without, kept


@pytest.mark.slow
@pytest.mark.parametrize("where", ["hips", "knees", "clasped"])
@pytest.mark.parametrize(("of_source", "of_target"), [(SLIM, STOUT), (STOUT, SLIM)])
def test_hands_touch_the_same_place_of_a_body_of_other_proportions(
    free_body: BodyModel, where: str, of_source: Proportions, of_target: Proportions
) -> None:
    source, target = body_of(free_body, *of_source), body_of(free_body, *of_target)
    before, without, kept = gaps_m(where, source, target)
    assert before < 0.01
    assert without > 0.025
    assert kept < min(0.6 * without, 0.03)


def deepest_m(body: ShapedBody, pose: BodyPose) -> float:
    """Of elbows, forearms and wrists in the trunk."""
    posed, trunk = body.posed(pose), measure_trunk(body)
    depths = []
    for elbow, wrist in zip(ELBOWS, WRISTS, strict=True):
        ends = posed.joints_m[:, elbow], posed.joints_m[:, wrist]
        depths += [trunk.penetration_vectors_m(at, posed.world_from_rest) for at in (*ends, sum(ends) / 2)]
    return float(torch.stack(depths).norm(dim=-1).max())


@pytest.mark.slow
def test_arms_that_lie_in_the_sources_trunk_do_not_disappear_in_the_targets(free_body: BodyModel) -> None:
    """Folded arms whose fit went wrong: the hands touch something, and the forearms are in the trunk."""
    source, target = body_of(free_body, *SLIM), body_of(free_body, *STOUT)
    rotations = torch.eye(3).repeat(FRAMES, 24, 1, 1)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        lowered, twisted, bent = (
            roma.rotvec_to_rotmat(torch.tensor(angles).deg2rad())
            for angles in ((0.0, 0.0, sign * 75), (90.0, 0.0, 0.0), (0.0, sign * 90, 0.0))
        )
        rotations[:, joint(f"{side}_shoulder")], rotations[:, joint(f"{side}_elbow")] = lowered @ twisted, bent
    folded = BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(FRAMES, 3))
    assert deepest_m(source, folded) > 0.06
    kept = retargeted(source, folded, target, kept=True)
    assert deepest_m(target, kept) < 0.035


@pytest.mark.slow
def test_hands_stay_where_they_were_on_a_body_of_the_same_proportions(free_body: BodyModel) -> None:
    body = body_of(free_body, (), 0.0)
    pose, _ = hands_on(body, "hips")
    kept = retargeted(body, pose, body, kept=True)
    moved = (body.posed(kept).joints_m - body.posed(pose).joints_m)[:, WRISTS].norm(dim=-1)
    assert float(moved.max()) < 0.01


@pytest.mark.slow
def test_hands_away_from_the_skin_and_everything_but_arms_stay(free_body: BodyModel) -> None:
    source, target = body_of(free_body, (), 0.0), body_of(free_body, (), 0.05)
    spread, (on_hips, _) = leaning(source, bent_deg=0, knees_deg=0, lowered_deg=20), hands_on(source, "hips")
    without, kept = (retargeted(source, spread, target, kept=kept) for kept in (False, True))
    assert torch.equal(without.parent_from_joint, kept.parent_from_joint)
    without, kept = (retargeted(source, on_hips, target, kept=kept) for kept in (False, True))
    others = [one for one in range(24) if one not in (*SHOULDERS, *ELBOWS, *WRISTS)]
    assert torch.equal(without.parent_from_joint[:, others], kept.parent_from_joint[:, others])
    assert torch.equal(without.root_position_m, kept.root_position_m)
