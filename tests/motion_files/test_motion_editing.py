import math
from dataclasses import replace

import pytest
import roma
import torch
from fingered_body import random_fingers
from tiny_walks import walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, joint, mirrored
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.motion_files.motion_editing import SourceEdit


@pytest.fixture(scope="module")
def walking(tiny_body: BodyModel) -> BodyMotion:
    return walk(tiny_body)


def edited(motion: BodyMotion, **settings: object) -> BodyMotion:
    return SourceEdit(**settings)(motion)[0]  # type: ignore[arg-type]


def test_nothing_asked_for_changes_nothing(walking: BodyMotion) -> None:
    assert edited(walking) is walking


def test_twice_as_fast_shows_every_other_frame(walking: BodyMotion) -> None:
    fast = edited(walking, speed=2.0)
    assert len(fast) == (len(walking) + 1) // 2
    assert fast.fps == walking.fps
    assert torch.allclose(fast.pose.parent_from_joint, walking.pose.parent_from_joint[::2], atol=1e-5)


def test_a_slowed_motion_lies_between_its_frames(walking: BodyMotion) -> None:
    slow = edited(walking, speed=0.5)
    assert len(slow) == 2 * len(walking) - 1
    assert torch.allclose(slow.pose.root_position_m[::2], walking.pose.root_position_m, atol=1e-5)
    before, between, after = (slow.pose.parent_from_joint[n::2][: len(walking) - 1] for n in (0, 1, 2))
    halves = [roma.rotmat_geodesic_distance(a, b) for a, b in ((before, between), (between, after))]
    assert torch.allclose(halves[0], halves[1], atol=2e-3)


def test_a_mirrored_body_is_the_mirror_image(walking: BodyMotion, tiny_body: BodyModel) -> None:
    body = shape_body(tiny_body, walking.shape)
    plain, mirror = body.posed(walking.pose).joints_m, body.posed(edited(walking, mirror=True).pose).joints_m
    assert torch.allclose(mirror, plain[:, list(mirrored(JOINTS))] * torch.tensor([-1.0, 1, 1]), atol=1e-5)
    assert torch.equal(edited(walking, mirror=True).foot_contacts[:, 0], walking.foot_contacts[:, 1])


def test_a_mirror_gives_each_hand_the_fingers_of_the_other_and_twice_changes_nothing(walking: BodyMotion) -> None:
    fingers = random_fingers(len(walking))
    handed = replace(walking, pose=replace(walking.pose, fingers=fingers))
    once = edited(handed, mirror=True).pose.fingers
    assert once is not None
    about_x, across = roma.rotmat_to_rotvec(fingers[:, 15:]), roma.rotmat_to_rotvec(once[:, :15])
    assert torch.allclose(across, about_x * torch.tensor([1.0, -1.0, -1.0]), atol=1e-4)
    again = edited(edited(handed, mirror=True), mirror=True).pose.fingers
    assert again is not None
    assert torch.allclose(again, fingers, atol=1e-6)


def test_seconds_are_cut_out(walking: BodyMotion) -> None:
    rate = float(walking.fps)
    part = edited(walking, trim="0.2..0.6")
    assert len(part) == round(0.6 * rate) - round(0.2 * rate)
    assert torch.equal(part.pose.root_position_m[0], walking.pose.root_position_m[round(0.2 * rate)])
    assert len(edited(walking, trim="..0.5")) == round(0.5 * rate)
    assert len(edited(walking, trim="0.5..")) == len(walking) - round(0.5 * rate)


def test_repeats_go_on_from_where_the_last_one_ended_without_a_jump(walking: BodyMotion, tiny_body: BodyModel) -> None:
    turned = edited(walking, trim="0.1..1.0")
    twice = edited(turned, loops=3)
    body = shape_body(tiny_body, walking.shape)
    joints, usual = body.posed(twice.pose).joints_m, body.posed(turned.pose).joints_m
    step = (joints[1:] - joints[:-1]).norm(dim=-1).max()
    assert step < 1.8 * (usual[1:] - usual[:-1]).norm(dim=-1).max()
    seam = round(0.4 * float(walking.fps))
    assert len(twice) == 3 * len(turned) - 2 * min(seam, (len(turned) - 1) // 2)
    way = (joints[-1, joint("pelvis")] - joints[0, joint("pelvis")]).norm()
    assert way > 2 * (usual[-1, joint("pelvis")] - usual[0, joint("pelvis")]).norm()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"speed": 0.0}, "source_edit.speed from 0.05 to 20, got 0.0"),
        ({"speed": math.nan}, "source_edit.speed"),
        ({"loops": 0}, "source_edit.loops from 1"),
        ({"trim": "7..2"}, "expected source_edit.trim=a..b in seconds, got '7..2'"),
        ({"trim": "soon"}, "got 'soon'"),
        ({"trim": "900..901"}, "s of the source, got 900..901"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(settings: dict[str, object], said: str, walking: BodyMotion) -> None:
    with pytest.raises(ValueError, match=said.replace("..", r"\.\.")):
        edited(walking, **settings)


def test_expressions_are_mirrored_stretched_and_repeated_with_the_motion(walking: BodyMotion) -> None:
    openings = torch.rand(len(walking), 3, generator=torch.Generator().manual_seed(0))
    seen = replace(walking, pose=replace(walking.pose, face_openings=openings))
    assert torch.equal(edited(seen, mirror=True).pose.face_openings, openings[:, [0, 2, 1]])
    assert torch.allclose(edited(seen, speed=2.0).pose.face_openings, openings[::2], atol=1e-5)
    twice = edited(seen, loops=2)
    assert twice.pose.face_openings.shape == (len(twice), 3)
    assert torch.equal(twice.pose.face_openings[:5], openings[:5])
    assert edited(walking, loops=2).pose.face_openings is None
