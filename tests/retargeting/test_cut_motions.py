"""Retargeting a motion that is cut."""

import dataclasses

import pytest
import torch
from tiny_walks import camera_at, shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import ANKLES
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, join_poses
from motion_transfer.retargeting.ground_alignment import GroundAlignment
from motion_transfer.retargeting.planting import FootPlanting
from motion_transfer.retargeting.retargeter import Retargeter
from motion_transfer.retargeting.self_collision import SelfCollisionResolver
from motion_transfer.retargeting.shape_swap import ShapeSwap
from motion_transfer.retargeting.target_scene import Retargeted, TargetScene
from motion_transfer.retargeting.trend_filter import TrendFilter

OVER_TIME = Retargeter(
    skin_contacts=True,
    steps={
        "shape_swap": ShapeSwap(),
        "self_collision": SelfCollisionResolver(smoothing_s=0.06),
        "trend_filter": TrendFilter(strength=0.01),
        "ground_alignment": GroundAlignment(smoothing_s=0.2),
        "foot_planting": FootPlanting(root_smoothing_s=0.15, ease_s=0.15),
    },
)


def retargeted(model: BodyModel, source: BodyMotion, *, starts: tuple[int, ...] = (0,)) -> Retargeted:
    target = walk(model, seconds=1, shape=shape_of(-3.0))
    scene = TargetScene(body=shape_body(model, target.shape), motion=target, camera=camera_at())
    return OVER_TIME(source, None, shape_body(model, source.shape), scene, starts)


def cut(first: BodyMotion, second: BodyMotion) -> BodyMotion:
    return BodyMotion(
        shape=first.shape,
        pose=join_poses([first.pose, second.pose]),
        fps=first.fps,
        confidence=torch.cat([first.confidence, second.confidence]),
        foot_contacts=torch.cat([first.foot_contacts, second.foot_contacts]),
    )


def beside(motion: BodyMotion, right_m: float, up_m: float) -> BodyMotion:
    root = motion.pose.root_position_m + torch.tensor([right_m, up_m, 0.0])
    return dataclasses.replace(motion, pose=dataclasses.replace(motion.pose, root_position_m=root))


def standing(model: BodyModel, frames: int) -> BodyMotion:
    still = walk(model, seconds=1)
    pose = BodyPose(
        parent_from_joint=still.pose.parent_from_joint[:1].expand(frames, -1, -1, -1),
        root_position_m=still.pose.root_position_m[:1].expand(frames, -1),
    )
    return BodyMotion(
        shape=still.shape,
        pose=pose,
        fps=still.fps,
        confidence=torch.ones(frames),
        foot_contacts=torch.ones(frames, 2, dtype=torch.bool),
    )


@pytest.mark.slow
def test_every_shot_comes_out_as_it_would_alone(tiny_body: BodyModel) -> None:
    shots = walk(tiny_body, seconds=2), beside(walk(tiny_body, seconds=1.5), 0.7, 0.1)
    alone = [retargeted(tiny_body, shot) for shot in shots]
    together = retargeted(tiny_body, cut(*shots), starts=(0, len(shots[0])))
    expected = join_poses([one.motion.pose for one in alone])
    torch.testing.assert_close(together.motion.pose.parent_from_joint, expected.parent_from_joint)
    torch.testing.assert_close(together.motion.pose.root_position_m, expected.root_position_m)
    contacts = torch.cat([one.motion.foot_contacts for one in alone])
    assert torch.equal(together.motion.foot_contacts, contacts)


def test_who_stands_somewhere_else_after_a_cut_is_not_drawn_there_before(tiny_body: BodyModel) -> None:
    first = standing(tiny_body, 20)
    source = cut(first, beside(first, 0.4, 0.05))
    aware, unaware = (retargeted(tiny_body, source, starts=starts) for starts in ((0, 20), (0,)))
    body = shape_body(tiny_body, aware.motion.shape)
    ankles = body.posed(aware.motion.pose).joints_m[:, ANKLES]
    for shot in (slice(0, 20), slice(20, 40)):
        assert (ankles[shot] - ankles[shot][:1]).abs().max() < 1e-3
    assert ankles[20, 0, 0] - ankles[19, 0, 0] == pytest.approx(0.4 * aware.leg_length_ratio, abs=1e-3)
    assert aware.foot_skate_p90_cm_per_s < 0.1
    moved = body.posed(unaware.motion.pose).joints_m[:, ANKLES]
    assert (moved - ankles).abs().max() > 0.05


def test_notes_are_told_once_and_one_frame_is_a_shot(tiny_body: BodyModel) -> None:
    first = standing(tiny_body, 12)
    source = cut(first, beside(first, 0.4, 0.0))
    result = retargeted(tiny_body, source, starts=(0, 11, 12))
    assert len(result.motion) == 24
    assert len(set(result.notes)) == len(result.notes)
