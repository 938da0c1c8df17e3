import pytest
import torch
from jaxtyping import Bool
from tiny_walks import walk
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import ANKLES
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.geometry.contacts import detect_contacts, sliding_speeds_m_per_s
from motion_transfer.retargeting.planting import ease, hip_sink_m, plant_feet, root_shift_m, stance_positions_m

RATES = [5, 30, 120]


def planted(model: BodyModel, motion: BodyMotion) -> tuple[BodyPose, Bool[Tensor, "frame 2"]]:
    body = shape_body(model, motion.shape)
    ankles = body.posed(motion.pose).joints_m[:, ANKLES]
    contacts = detect_contacts(ankles, motion.fps, seeds=motion.foot_contacts)
    return plant_feet(motion.pose, body, contacts, motion.fps, root_smoothing_s=0.15, ease_s=0.15), contacts


@pytest.mark.slow
@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_feet_of_a_sliding_noisy_walk_stop_sliding(tiny_body: BodyModel, fps: float, noise: float) -> None:
    motion = walk(tiny_body, fps=fps, slide_m_per_s=0.3, noise=noise)
    pose, contacts = planted(tiny_body, motion)
    posed = shape_body(tiny_body, motion.shape).posed(pose)
    slide = 100 * sliding_speeds_m_per_s(posed.joints_m[:, ANKLES], contacts, motion.fps)
    assert len(slide) > 0.2 * len(motion)
    assert slide.quantile(0.5) < 1
    assert slide.quantile(0.9) < 2
    assert pose.parent_from_joint.isfinite().all()


def test_planting_is_right_by_the_clock_of_the_walk_too(tiny_body: BodyModel) -> None:
    """Contacts here are the walk's own, not those that the feet were planted by."""
    motion = walk(tiny_body, slide_m_per_s=0.3, noise=0.02, seconds=6)
    pose, _ = planted(tiny_body, motion)
    ankles = shape_body(tiny_body, motion.shape).posed(pose).joints_m[:, ANKLES]
    slide = 100 * sliding_speeds_m_per_s(ankles, motion.foot_contacts, motion.fps)
    assert slide.quantile(0.5) < 5
    assert slide.quantile(0.75) < 15


def test_a_walk_that_does_not_slide_hardly_changes(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body)
    pose, _ = planted(tiny_body, motion)
    body = shape_body(tiny_body, motion.shape)
    moved = (body.posed(pose).joints_m - body.posed(motion.pose).joints_m).norm(dim=-1)
    assert moved.mean() < 0.01


def test_planting_does_not_shake_the_body(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, slide_m_per_s=0.3)
    pose, _ = planted(tiny_body, motion)
    body = shape_body(tiny_body, motion.shape)
    before, after = (body.posed(p).joints_m.diff(n=2, dim=0).norm(dim=-1) * 900 for p in (motion.pose, pose))
    assert after.mean() < 1.15 * before.mean()
    assert after.max() < 2 * before.max()


def test_planted_soles_touch_the_ground_and_none_sinks_in(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, noise=0.03)
    pose, contacts = planted(tiny_body, motion)
    body = shape_body(tiny_body, motion.shape)
    lowest = lowest_sole_m(body, body.posed(pose).world_from_rest)
    assert lowest[contacts].abs().quantile(0.95) < 0.005
    assert lowest.min() > -0.005


def test_a_stance_stands_at_its_median() -> None:
    ankles = torch.zeros(7, 2, 3)
    ankles[:, 0, 0] = torch.tensor([0.0, 0.0, 0.1, 0.2, 0.15, 0.0, 0.0])
    contacts = torch.zeros(7, 2, dtype=torch.bool)
    contacts[2:5, 0] = True
    anchors = stance_positions_m(ankles, contacts, 30)
    assert torch.allclose(anchors[:, 0, 0], torch.tensor([0.0, 0.0, 0.15, 0.15, 0.15, 0.0, 0.0]))


def test_a_foot_that_wanders_through_the_room_is_calmed_but_not_held() -> None:
    ankles = torch.zeros(200, 2, 3)
    ankles[:, 0, 2] = torch.linspace(0, 4, 200)
    anchors = stance_positions_m(ankles, torch.ones(200, 2, dtype=torch.bool), 30)
    assert (anchors[60:140] - ankles[60:140]).abs().max() < 0.01


def test_both_planted_feet_move_the_body_half_each() -> None:
    offsets = torch.zeros(20, 2, 3)
    offsets[:, 0, 0], offsets[:, 1, 2] = 0.2, 0.4
    shift = root_shift_m(offsets, torch.ones(20, 2, dtype=torch.bool), 30, smoothing_s=0.2)
    assert torch.allclose(shift, torch.tensor([0.1, 0.0, 0.2]).expand(20, 3))


def test_nothing_planted_moves_nothing() -> None:
    shift = root_shift_m(torch.ones(4, 2, 3), torch.zeros(4, 2, dtype=torch.bool), 30, smoothing_s=0.2)
    assert not shift.any()


def test_offsets_fade_before_and_after_a_stance() -> None:
    contacts = torch.zeros(60, 2, dtype=torch.bool)
    contacts[20:40, 0] = True
    eased = ease(torch.ones(60, 2, 3), contacts, 30, ease_s=0.2)[..., 0]
    assert (eased[20:40, 0] == 1).all()
    assert (eased[40:46, 0].diff() < 0).all()
    assert torch.allclose(eased[40:46, 0], eased[14:20, 0].flip(0), atol=1e-6)
    assert not eased[46:, 0].any()
    assert not eased[:, 1].any()


def test_hips_sink_until_the_foot_is_in_reach_and_no_more() -> None:
    hips, wanted = torch.zeros(30, 2, 3), torch.zeros(30, 2, 3)
    hips[..., 1], wanted[..., 2] = 0.8, 0.65
    contacts = torch.tensor([True, False]).expand(30, 2)
    sink = hip_sink_m(hips, wanted, torch.full((30, 2), 1.0), contacts, 30, smoothing_s=0.1)
    assert torch.allclose(sink, torch.full((30,), 0.8 - (1 - 0.65**2) ** 0.5), atol=1e-5)
