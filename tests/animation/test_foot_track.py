"""What counts as a sliding foot of a character's mesh, and what does not."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.animation.quality import FootTrack, ankle_mixtures
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import ANKLES, JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.retargeting.deformation.correspondence import identical
from motion_transfer.retargeting.deformation.matching import MatchedCharacter, average_body
from motion_transfer.retargeting.target_scene import Retargeted
from motion_transfer.synthetic.characters import arms_down

FPS = Fraction(25)
FRAMES = 20


def standing(model: BodyModel) -> MatchedCharacter:
    """A character that is the body itself."""
    body, stance = average_body(model), arms_down(0.5)
    mesh = TriangleMesh(
        vertices_m=body.posed(stance).vertices_m()[0].double().numpy(), faces=model.faces.numpy().astype(np.int64)
    )
    return MatchedCharacter(
        rest=mesh,
        body=body,
        stance=stance,
        reference=mesh,
        correspondence=identical(mesh),
        fit_distance=0.0,
        distance=0.0,
        distortion=0.0,
    )


def slide_cm_per_s(matched: MatchedCharacter, surface_m: Float[Tensor, "frame vertex 3"]) -> float:
    pose = BodyPose(
        parent_from_joint=matched.stance.parent_from_joint.expand(FRAMES, -1, -1, -1),
        root_position_m=torch.zeros(FRAMES, 3),
    )
    motion = BodyMotion(
        shape=BodyShape(betas=torch.zeros(matched.body.model.betas), clothing_offset_m=torch.zeros(len(JOINTS))),
        pose=pose,
        fps=FPS,
        confidence=torch.ones(FRAMES),
        foot_contacts=torch.ones(FRAMES, 2, dtype=torch.bool),
    )
    track = FootTrack(matched, motion)
    for chunk in surface_m.split(8):
        track.add(chunk)
    retargeted = Retargeted(
        motion=motion, foot_skate_cm_per_s=0.0, foot_skate_p90_cm_per_s=0.0, leg_length_ratio=1.0, notes=()
    )
    return track.quality(retargeted, np.zeros(1), len(matched.rest.faces)).foot_skate_cm_per_s


def test_an_ankle_is_where_the_joint_is(tiny_body: BodyModel) -> None:
    matched = standing(tiny_body)
    found = ankle_mixtures(matched) @ torch.tensor(matched.rest.vertices_m, dtype=torch.float32)
    torch.testing.assert_close(found, matched.body.posed(matched.stance).joints_m[0, ANKLES], atol=1e-5, rtol=0)


def test_a_mesh_that_glides_slides_by_its_speed(tiny_body: BodyModel) -> None:
    matched = standing(tiny_body)
    moved = torch.zeros(FRAMES, 1, 3)
    moved[:, 0, 2] = 0.05 * torch.arange(FRAMES) / float(FPS)
    surface = torch.tensor(matched.rest.vertices_m, dtype=torch.float32) + moved
    assert slide_cm_per_s(matched, surface) == pytest.approx(5.0, abs=0.01)


@pytest.mark.slow
def test_a_shank_that_leans_over_a_standing_foot_is_no_slide(free_body: BodyModel) -> None:
    """The whole leg turns about the ankle and the foot stays, at a radian a second: the joint is where it was."""
    matched = standing(free_body)
    body, angle = matched.body, torch.linspace(0, FRAMES / float(FPS), FRAMES)
    turned = matched.stance.parent_from_joint.repeat(FRAMES, 1, 1, 1)
    turned[:, 0] = roma.rotvec_to_rotmat(torch.stack([0.4 * angle, 0 * angle, 0 * angle], 1))
    turned[:, ANKLES] = turned[:, None, 0].mT
    there = body.posed(BodyPose(parent_from_joint=turned, root_position_m=torch.zeros(FRAMES, 3))).joints_m
    root = there[:1, ANKLES].mean(1) - there[:, ANKLES].mean(1)
    surface = body.posed(BodyPose(parent_from_joint=turned, root_position_m=root)).vertices_m()
    assert slide_cm_per_s(matched, surface) < 0.3


def test_a_mesh_without_ankles_has_no_figure(tiny_body: BodyModel) -> None:
    matched = standing(tiny_body)
    stiff = replace(tiny_body, weights=torch.eye(len(JOINTS))[tiny_body.weights.argmax(1)])  # no vertex bends
    found = ankle_mixtures(replace(matched, body=replace(matched.body, model=stiff)))
    assert not torch.isfinite(found).any()
