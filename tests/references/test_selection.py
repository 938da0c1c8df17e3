"""A few references for a whole motion: those that show most, and mirror images of what was never filmed."""

from dataclasses import replace

import pytest
import torch
from small_footage import small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, mirrored
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.references.expressions import worth_on_face
from motion_transfer.references.selection import MIRRORED_WORTH, choose_references, greedy_cover
from motion_transfer.registration.footage import RegisteredFootage


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


def full_worth(footage: RegisteredFootage, references: int) -> torch.Tensor:
    return torch.ones(references, len(footage.body.rest_vertices_m))


def mirror_image(pose: BodyPose) -> BodyPose:
    mirror = torch.tensor([-1.0, 1.0, 1.0])
    turned = torch.diag(mirror) @ pose.parent_from_joint[:, list(mirrored(JOINTS))] @ torch.diag(mirror)
    return BodyPose(parent_from_joint=turned, root_position_m=pose.root_position_m * mirror)


def test_a_motion_that_was_filmed_is_shown_by_its_own_frames(footage: RegisteredFootage) -> None:
    motion, camera = footage.capture.motion, footage.capture.camera
    chosen = choose_references(
        footage.body, motion, motion.pose, full_worth(footage, len(motion)), camera, count=4, tolerance_deg=12.0
    )
    assert 1 <= len(chosen) <= 4
    assert not chosen[0].mirrored
    assert len({(one.index, one.mirrored) for one in chosen}) == len(chosen)


def test_a_head_is_shown_by_the_reference_whose_face_counts_more(footage: RegisteredFootage) -> None:
    motion, camera = footage.capture.motion, footage.capture.camera
    one = motion.pose[slice(0, 1)]
    twice = BodyPose(
        parent_from_joint=one.parent_from_joint.expand(2, -1, -1, -1), root_position_m=one.root_position_m.expand(2, -1)
    )
    driven = replace(motion, pose=one, confidence=motion.confidence[:1], foot_contacts=motion.foot_contacts[:1])
    worth = worth_on_face(footage.body.model, torch.tensor([0.4, 0.9]))
    chosen = choose_references(footage.body, driven, twice, worth, camera, count=1, tolerance_deg=12.0)
    assert chosen[0].index == 1


def test_a_side_that_was_never_filmed_is_shown_by_its_mirror_image(footage: RegisteredFootage) -> None:
    motion, camera = footage.capture.motion, footage.capture.camera
    turn = torch.tensor([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    rotations = motion.pose.parent_from_joint.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    side = BodyPose(parent_from_joint=rotations, root_position_m=motion.pose.root_position_m)
    chosen = choose_references(
        footage.body,
        replace(motion, pose=side),
        mirror_image(side),
        full_worth(footage, len(motion)),
        camera,
        count=2,
        tolerance_deg=12.0,
    )
    assert all(one.mirrored for one in chosen)
    assert chosen[0].worth == MIRRORED_WORTH


def test_what_adds_nothing_is_not_chosen() -> None:
    worth = torch.tensor([[1.0, 0, 0], [0.5, 0, 0], [0, 0, 2.0], [0, 0, 0.0]])
    assert greedy_cover(worth, 4) == [2, 0]
