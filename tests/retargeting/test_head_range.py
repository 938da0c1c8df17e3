"""`head=limited`: the head turns no further from the camera than the target was filmed."""

from dataclasses import replace
from fractions import Fraction

import pytest
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.video import ImageSize
from motion_transfer.retargeting.head_range import MOST_DEG, HeadRange, toward_camera
from motion_transfer.retargeting.state import RetargetingState
from motion_transfer.retargeting.target_scene import TargetScene
from motion_transfer.synthetic.scene import room_camera

SHAPE = BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(len(JOINTS)))
CAMERA = room_camera(ImageSize(height=480, width=640), 1)
LIMITED = HeadRange(head="limited", tolerance_deg=10.0, smoothing_s=0.0)


def looking(heads_deg: list[float], body_deg: float = 0.0) -> BodyMotion:
    """Upright, with the head turned to the left by so many degrees in each frame, and the body in all."""
    rotations = torch.eye(3).repeat(len(heads_deg), len(JOINTS), 1, 1)
    rotations[:, joint("head")] = about_vertical(heads_deg)
    rotations[:, 0] = about_vertical([body_deg])
    root_m = torch.tensor([0.0, 0.95, 0.0]).repeat(len(heads_deg), 1)
    return BodyMotion(
        shape=SHAPE,
        pose=BodyPose(parent_from_joint=rotations, root_position_m=root_m),
        fps=Fraction(10),
        confidence=torch.ones(len(heads_deg)),
        foot_contacts=torch.ones(len(heads_deg), 2, dtype=torch.bool),
    )


def about_vertical(degrees: list[float]) -> Float[Tensor, "frame 3 3"]:
    angles = torch.deg2rad(torch.tensor(degrees))
    return roma.rotvec_to_rotmat(torch.stack([torch.zeros_like(angles), angles, torch.zeros_like(angles)], 1))


def state_of(model: BodyModel, driven: BodyMotion, filmed: BodyMotion) -> RetargetingState:
    body = shape_body(model, SHAPE)
    return RetargetingState(
        source=driven,
        source_camera=None,
        source_body=body,
        target=TargetScene(body=body, motion=filmed, camera=CAMERA),
        pose=driven.pose,
        contacts=driven.foot_contacts,
    )


def degrees_apart(state: RetargetingState) -> list[float]:
    """From the side of the head that the first filmed frame shows, in every driven frame."""
    target = state.target
    filmed = toward_camera(target.body, target.motion.pose, target.camera)[:1]
    seen = toward_camera(target.body, state.pose, target.camera)
    return torch.rad2deg(torch.arccos((seen * filmed).sum(1).clamp(-1, 1))).tolist()


def test_a_head_that_looks_away_behind_a_cut_is_not_turned_before_it(tiny_body: BodyModel) -> None:
    smooth = HeadRange(head="limited", tolerance_deg=10.0, smoothing_s=0.2)
    whole = state_of(tiny_body, looking([0.0] * 4 + [60.0] * 4), looking([0.0]))
    uncut, cut = smooth(whole), smooth(replace(whole, shot_starts=(0, 4)))
    assert degrees_apart(uncut)[3] > 5
    assert degrees_apart(cut) == pytest.approx([0.0] * 4 + [10.0] * 4, abs=1.5)


def test_a_head_is_turned_back_to_what_was_filmed_and_no_further(tiny_body: BodyModel) -> None:
    before = state_of(tiny_body, looking([0.0, 9.0, 40.0, -60.0]), looking([0.0]))
    after = LIMITED(before)
    assert degrees_apart(before) == pytest.approx([0.0, 9.0, 40.0, 60.0], abs=1.5)
    assert degrees_apart(after) == pytest.approx([0.0, 9.0, 10.0, 10.0], abs=1.5)
    turned = ["neck" in name or "head" in name for name in JOINTS]
    kept = after.pose.parent_from_joint[:, ~torch.tensor(turned)]
    torch.testing.assert_close(kept, before.pose.parent_from_joint[:, ~torch.tensor(turned)])
    torch.testing.assert_close(after.pose.parent_from_joint[:2], before.pose.parent_from_joint[:2], atol=1e-6, rtol=0)
    assert after.notes == (
        "The head was turned back in 2 of 4 frames, by up to 49 degrees, as the target was never filmed from there.",
    )


def test_the_nearest_filmed_side_counts(tiny_body: BodyModel) -> None:
    sides = looking([0.0, 60.0, -60.0])
    before = state_of(tiny_body, looking([75.0, -62.0]), sides)
    assert degrees_apart(LIMITED(before)) == pytest.approx([70.0, 62.0], abs=1.5)


def test_a_head_turns_no_further_than_necks_do(tiny_body: BodyModel) -> None:
    """Who turns the back to the camera cannot look at it."""
    after = LIMITED(state_of(tiny_body, looking([0.0], body_deg=150.0), looking([0.0])))
    chest_from_head = after.pose.parent_from_joint[0, joint("neck")] @ after.pose.parent_from_joint[0, joint("head")]
    turned_deg = float(torch.rad2deg(roma.rotmat_to_rotvec(chest_from_head).norm()))
    assert MOST_DEG - 10 < turned_deg <= MOST_DEG + 0.1
    assert degrees_apart(after)[0] == pytest.approx(150.0 - turned_deg, abs=3.0)


def test_a_free_head_stays_as_it_is(tiny_body: BodyModel) -> None:
    before = state_of(tiny_body, looking([80.0]), looking([0.0]))
    assert HeadRange(head="free", tolerance_deg=10.0, smoothing_s=0.0)(before) is before


def test_the_turn_begins_and_ends_smoothly(tiny_body: BodyModel) -> None:
    before = state_of(tiny_body, looking([0.0] * 10 + [60.0] * 10), looking([0.0]))
    after = HeadRange(head="limited", tolerance_deg=10.0, smoothing_s=0.2)(before)
    was, became = (
        of.pose.parent_from_joint[:, joint("neck")] @ of.pose.parent_from_joint[:, joint("head")]
        for of in (before, after)
    )
    turned_deg = torch.rad2deg(roma.rotmat_geodesic_distance(was, became))
    assert turned_deg[[0, -1]].tolist() == pytest.approx([0.0, 50.0], abs=1.5)
    assert 5 < turned_deg.diff().max() < 15


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"head": "none"}, "expected head to be free or limited, got 'none'"), ({"tolerance_deg": -1.0}, "tolerance_deg")],
)
def test_a_choice_that_makes_no_sense_is_refused(settings: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HeadRange(**{"head": "limited", "tolerance_deg": 10.0, "smoothing_s": 0.1, **settings})
