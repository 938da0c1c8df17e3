import numpy as np
import pytest
import roma
import torch
from smplx_module import as_smplx

from motion_transfer.body.anchors import landmark_anchors, mix_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import clothing_offset_directions, shape_body
from motion_transfer.body.skeleton import JOINTS, PARENTS, mirrored
from motion_transfer.domain.body_motion import BodyPose, BodyShape

LAYOUT = ("nose", "left_ear", "right_shoulder", "left_wrist", "right_index", "left_heel", "right_foot_index")


def random_pose(frames: int) -> BodyPose:
    generator = torch.Generator().manual_seed(3)
    turns = torch.randn(frames, 24, 3, generator=generator) * 0.4
    return BodyPose(
        parent_from_joint=roma.rotvec_to_rotmat(turns), root_position_m=torch.randn(frames, 3, generator=generator)
    )


def random_shape() -> BodyShape:
    return BodyShape(betas=torch.linspace(-1, 1, 10), clothing_offset_m=torch.zeros(24))


def test_posing_equals_smplx(tiny_body: BodyModel) -> None:
    pose, shape = random_pose(1), random_shape()
    posed = shape_body(tiny_body, shape).posed(pose)
    turns = roma.rotmat_to_rotvec(pose.parent_from_joint)
    expected = as_smplx(tiny_body)(
        betas=shape.betas[None], global_orient=turns[:, 0], body_pose=turns[:, 1:].reshape(1, -1)
    )
    shift = pose.root_position_m - posed.shaped.rest_joints_m[0]
    assert torch.allclose(posed.vertices_m(), expected.vertices + shift, atol=1e-5)


def test_the_pelvis_stands_at_the_root_position(tiny_body: BodyModel) -> None:
    pose = random_pose(4)
    assert torch.allclose(
        shape_body(tiny_body, random_shape()).posed(pose).joints_m[:, 0], pose.root_position_m, atol=1e-6
    )


def test_anchors_move_with_the_mesh_that_they_stand_for(tiny_body: BodyModel) -> None:
    pose, shape = random_pose(3), random_shape()
    posed = shape_body(tiny_body, shape).posed(pose)
    chosen = torch.tensor([0, 100, 700])
    mixtures = torch.nn.functional.one_hot(chosen, len(tiny_body.template_m)).float()
    anchors = mix_anchors(tiny_body, mixtures, ("first", "second", "third"))
    on_mesh = posed.vertices_m()[:, chosen]
    assert torch.allclose(anchors.posed(shape.betas, posed.world_from_rest), on_mesh, atol=1e-5)


def test_limb_landmarks_lie_at_the_joints(tiny_body: BodyModel) -> None:
    posed = shape_body(tiny_body, random_shape()).posed(random_pose(2))
    found = landmark_anchors(tiny_body, LAYOUT).posed(random_shape().betas, posed.world_from_rest)
    assert torch.allclose(
        found[:, LAYOUT.index("left_wrist")], posed.joints_m[:, JOINTS.index("left_wrist")], atol=1e-6
    )


def test_an_unknown_landmark_is_named(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match="tail"):
        landmark_anchors(tiny_body, ("nose", "tail"))


def test_faces_wind_outward(tiny_body: BodyModel) -> None:
    a, b, c = tiny_body.template_m[tiny_body.faces].unbind(1)
    for chart in tiny_body.chart_of_face.unique():
        of_chart = tiny_body.chart_of_face == chart
        centre = a[of_chart].mean(0)
        volume = ((a - centre) * torch.linalg.cross(b - centre, c - centre)).sum(-1)[of_chart].sum()
        assert volume > 0


def test_a_clothing_offset_lifts_the_surface_of_its_joint_only(tiny_body: BodyModel) -> None:
    offset_m = torch.zeros(len(JOINTS))
    offset_m[JOINTS.index("left_knee")] = 0.02
    lifted = shape_body(tiny_body, BodyShape(betas=torch.zeros(10), clothing_offset_m=offset_m)).rest_vertices_m
    distance = (lifted - tiny_body.template_m).norm(dim=-1)
    share = tiny_body.weights @ (torch.arange(len(JOINTS)) == JOINTS.index("left_knee")).float()
    assert torch.allclose(distance, 0.02 * share, atol=1e-6)


def test_hair_makes_the_neck_thick_behind_but_not_the_throat(tiny_body: BodyModel) -> None:
    offset_m = torch.zeros(len(JOINTS))
    offset_m[[JOINTS.index("neck"), JOINTS.index("head")]] = 0.02
    lifted = shape_body(tiny_body, BodyShape(betas=torch.zeros(10), clothing_offset_m=offset_m)).rest_vertices_m
    distance = (lifted - tiny_body.template_m).norm(dim=-1)
    forward = clothing_offset_directions(tiny_body.template_m, tiny_body.faces)[:, 2]
    neck = tiny_body.weights[:, [JOINTS.index("neck"), JOINTS.index("head")]].sum(1) > 0.9
    assert torch.allclose(distance[neck & (forward > 0.6)], torch.zeros(()))
    assert (distance[neck & (forward < -0.6)] > 0.017).all()


def test_a_child_comes_after_its_parent_and_sides_mirror() -> None:
    assert all(parent < child for child, parent in enumerate(PARENTS))
    partner = mirrored(JOINTS)
    assert [partner[partner[j]] for j in range(24)] == list(range(24))
    assert np.count_nonzero(np.array(partner) != np.arange(24)) == 18


def test_the_digest_changes_with_any_number(tiny_body: BodyModel) -> None:
    fields = tiny_body.fields() | {"template_m": tiny_body.template_m + 1e-6}
    assert BodyModel(**fields).digest() != tiny_body.digest()  # type: ignore[arg-type]
