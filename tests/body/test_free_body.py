"""The licence-free body is a plausible, symmetric person in SMPL's layout."""

import subprocess
import sys

import pytest
import roma
import torch
from smplx_module import as_smplx

from motion_transfer.body.charts import connected_charts
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, joint, mirrored
from motion_transfer.domain.body_motion import BodyPose, BodyShape

pytestmark = pytest.mark.slow

MIRROR = torch.tensor([-1.0, 1, 1])


def person(model: BodyModel, betas: torch.Tensor) -> ShapedBody:
    return shape_body(model, BodyShape(betas=betas, clothing_offset_m=torch.zeros(24)))


@pytest.fixture(scope="module")
def mean(free_body: BodyModel) -> ShapedBody:
    return person(free_body, torch.zeros(10))


def volume(vertices: torch.Tensor, faces: torch.Tensor) -> float:
    a, b, c = vertices[faces].unbind(1)
    return float((a * torch.linalg.cross(b, c)).sum() / 6)


def test_the_mean_person_has_the_height_and_volume_of_an_adult(mean: ShapedBody) -> None:
    assert 1.5 < mean.height_m < 1.95
    assert 0.04 < volume(mean.rest_vertices_m, mean.model.faces) < 0.1  # outward winding: positive


def test_the_skin_is_closed(free_body: BodyModel) -> None:
    edges = free_body.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    forward = {tuple(edge) for edge in edges.tolist()}
    assert len(forward) == len(edges)  # neighbours agree on their winding
    open_edges = sum((b, a) not in forward for a, b in forward)
    assert open_edges < 0.01 * len(edges)


def test_it_stands_in_the_t_pose(mean: ShapedBody) -> None:
    at = dict(zip(JOINTS, mean.rest_joints_m, strict=True))
    for side, out in (("left", 1.0), ("right", -1.0)):
        chains = {
            ("shoulder", "elbow", "wrist", "hand"): torch.tensor([out, 0, 0]),
            ("hip", "knee", "ankle"): torch.tensor([0, -1.0, 0]),
        }
        for chain, direction in chains.items():
            for start, end in zip(chain, chain[1:], strict=False):
                bone = at[f"{side}_{end}"] - at[f"{side}_{start}"]
                assert bone @ direction > 0.999 * bone.norm(), (side, start)
        assert at[f"{side}_foot"][2] > at[f"{side}_ankle"][2] + 0.05  # toes forward
    assert at["head"][1] > at["neck"][1] > at["spine3"][1] > at["pelvis"][1]


def test_joints_and_skin_are_mirror_symmetric(mean: ShapedBody) -> None:
    joints, vertices, model = mean.rest_joints_m, mean.rest_vertices_m, mean.model
    assert torch.allclose(joints[list(mirrored(JOINTS))] * MIRROR, joints, atol=1e-4)
    assert torch.allclose(vertices[model.mirror_vertex] * MIRROR, vertices, atol=1e-4)
    assert torch.equal(model.mirror_vertex[model.mirror_vertex], torch.arange(len(vertices)))
    partner = list(mirrored(JOINTS))
    assert torch.allclose(model.weights[model.mirror_vertex][:, partner], model.weights, atol=1e-3)


def test_each_vertex_is_shared_out_whole_and_each_joint_is_a_mean_of_vertices(free_body: BodyModel) -> None:
    for shares in (free_body.weights, free_body.joint_regressor):
        assert shares.min() >= 0
        assert torch.allclose(shares.sum(1), torch.ones(len(shares)), atol=1e-5)


def test_the_atlas_lies_within_the_unit_square_and_no_face_leaves_its_chart(free_body: BodyModel) -> None:
    assert free_body.uv.min() >= 0
    assert free_body.uv.max() <= 1
    assert torch.equal(connected_charts(free_body.uv_faces), free_body.chart_of_face)
    corners = free_body.uv[free_body.uv_faces]
    for chart in free_body.chart_of_face.unique():
        of_chart = corners[free_body.chart_of_face == chart]
        extent = of_chart.flatten(0, 1).amax(0) - of_chart.flatten(0, 1).amin(0)
        largest = (of_chart.amax(1) - of_chart.amin(1)).amax(0)
        assert (largest < 0.5 * extent).all()


def test_uv_corners_belong_to_one_vertex_each(free_body: BodyModel) -> None:
    pairs = torch.stack([free_body.uv_faces.flatten(), free_body.faces.flatten()], 1).unique(dim=0)
    assert len(pairs) == len(free_body.uv)


def test_posing_equals_smplx(free_body: BodyModel) -> None:
    generator = torch.Generator().manual_seed(1)
    betas, turns = torch.randn(10, generator=generator), 0.4 * torch.randn(1, 24, 3, generator=generator)
    body = person(free_body, betas)
    pose = BodyPose(parent_from_joint=roma.rotvec_to_rotmat(turns), root_position_m=body.rest_joints_m[:1])
    expected = as_smplx(free_body)(betas=betas[None], global_orient=turns[:, 0], body_pose=turns[:, 1:].flatten(1))
    assert torch.allclose(body.posed(pose).vertices_m(), expected.vertices, atol=1e-5)
    assert torch.allclose(body.posed(pose).joints_m, expected.joints[:, :24], atol=1e-5)


def test_the_first_beta_is_height(free_body: BodyModel) -> None:
    heights = [person(free_body, k * torch.eye(10)[0]).height_m for k in (-2.0, 0.0, 2.0)]
    assert heights[0] + 0.1 < heights[1] < heights[2] - 0.1
    assert heights[0] > 1.4
    assert heights[2] < 2.1
    for beta in torch.eye(10)[1:]:
        change = abs(person(free_body, beta).height_m - heights[1])
        assert change < 0.25 * (heights[2] - heights[1]) / 2


def test_random_people_keep_a_plausible_body(free_body: BodyModel) -> None:
    for seed in range(5):
        body = person(free_body, torch.randn(10, generator=torch.Generator().manual_seed(seed)))
        assert 0.03 < volume(body.rest_vertices_m, free_body.faces) < 0.15
        assert body.leg_length_m > 0.4 * body.height_m
        left, right = body.rest_joints_m[joint("left_ankle")], body.rest_joints_m[joint("right_ankle")]
        assert left[0] > 0 > right[0]


@pytest.mark.soak
@pytest.mark.subprocess
def test_building_it_prints_nothing() -> None:
    """In a process of its own, because a library greets only once; with a small population, whose shapes are flat."""
    code = """if True:
        import torch
        from motion_transfer.body import anny_source, free_body
        anny_source.read_shape = lambda file, vertices_count, **_: torch.zeros(vertices_count, 3)
        free_body.PEOPLE = 12
        free_body.build_free_body()
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
