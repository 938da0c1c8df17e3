"""A character as a body model: its surface, joints and skinning, and refusals of what can be none."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel, licence_of
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.retargeting.deformation.character_model import character_model, joint_mixtures
from motion_transfer.retargeting.deformation.correspondence import by_closest_points
from motion_transfer.retargeting.deformation.matching import MatchedCharacter
from motion_transfer.retargeting.deformation.sumner_popovic import SumnerPopovic
from motion_transfer.synthetic.characters import arms_down

DEFORM = SumnerPopovic(anchor_length=0.1, foot_anchor_length=0.005, solver="scipy")


def plain(model: BodyModel) -> ShapedBody:
    shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(24))
    return shape_body(model, shape)


def matched(model: BodyModel, *, without: tuple[str, ...] = ()) -> MatchedCharacter:
    """A character that is the body itself with lowered arms and other triangles, less some joints' vertices."""
    body, stance = plain(model), arms_down(0.6)
    stance = BodyPose(parent_from_joint=stance.parent_from_joint, root_position_m=torch.tensor([[0.2, 0.95, 0.1]]))
    vertices = body.posed(stance).vertices_m()[0].double().numpy()
    reference = TriangleMesh(vertices_m=vertices, faces=model.faces.numpy())
    gone = [index for index, name in enumerate(JOINTS) if name in without]
    kept = ~np.isin(model.joint_of_face.numpy(), gone)
    used, corners = np.unique(model.faces.numpy()[kept][::-1], return_inverse=True)
    rest = TriangleMesh(vertices_m=vertices[used], faces=corners.reshape(-1, 3).astype(np.int64))
    return MatchedCharacter(
        rest=rest,
        body=body,
        stance=stance,
        reference=reference,
        correspondence=by_closest_points(reference, rest),
        fit_distance=0.0,
        distance=0.0,
        distortion=0.0,
    )


@pytest.mark.slow
def test_its_body_in_the_stance_of_the_mesh_is_the_mesh(tiny_body: BodyModel) -> None:
    found = matched(tiny_body)
    model = character_model(found, DEFORM)
    posed = plain(model).posed(found.stance).vertices_m()[0].double().numpy()
    gaps = np.linalg.norm(posed - found.rest.vertices_m, axis=1)
    assert gaps.mean() < 0.002
    np.testing.assert_array_equal(model.faces.numpy(), found.rest.faces)


@pytest.mark.slow
def test_its_joints_are_those_of_the_matched_body(tiny_body: BodyModel) -> None:
    found = matched(tiny_body)
    body = plain(character_model(found, DEFORM))
    expected = found.body.rest_joints_m - found.body.rest_joints_m[0]
    torch.testing.assert_close(body.rest_joints_m, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(body.model.weights.sum(1), torch.ones(len(body.model.weights)))


def test_a_joint_is_mixed_exactly_from_the_vertices_around_it() -> None:
    vertices = torch.rand(200, 3, generator=torch.Generator().manual_seed(1))
    joints = torch.tensor([[0.5, 0.5, 0.5], [2.0, 0.1, -1.0]])
    mixtures = joint_mixtures(vertices, joints)
    torch.testing.assert_close(mixtures @ vertices, joints, atol=1e-4, rtol=0)
    torch.testing.assert_close(mixtures.sum(1), torch.ones(2), atol=1e-4, rtol=0)
    assert int((mixtures != 0).sum(1).max()) <= 64


@pytest.mark.slow
def test_it_has_no_shape_and_the_licence_of_the_body_that_it_comes_from(tiny_body: BodyModel) -> None:
    model = character_model(matched(tiny_body), DEFORM)
    assert model.betas == 0
    assert licence_of(model) == licence_of(tiny_body)
    official = matched(replace(tiny_body, name="smpl"))
    assert licence_of(character_model(official, DEFORM)) == licence_of(official.body.model)


@pytest.mark.slow
def test_a_character_without_hands_still_has_every_landmark(tiny_body: BodyModel) -> None:
    model = character_model(matched(tiny_body, without=("left_wrist", "left_hand")), DEFORM)
    assert len(model.template_m) < len(tiny_body.template_m)
    assert torch.isfinite(landmark_anchors(model, LAYOUT.names).template_m).all()


@pytest.mark.slow
def test_a_character_without_a_foot_or_of_too_many_triangles_is_refused(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match="expected a character with a head and two feet, got no right_foot"):
        character_model(matched(tiny_body, without=("right_ankle", "right_foot")), DEFORM)
    found = matched(tiny_body)
    many = TriangleMesh(vertices_m=found.rest.vertices_m, faces=np.tile(found.rest.faces, (40, 1)))
    with pytest.raises(ValueError, match=r"expected a character of at most 60,000 triangles .* decimate it first"):
        character_model(replace(found, rest=many), DEFORM)
