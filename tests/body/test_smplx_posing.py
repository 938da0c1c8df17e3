"""The body of an SMPL file is posed by smplx: as smplx's own module poses it from the file's arrays."""

import sys
from typing import Any

import numpy as np
import pytest
import roma
import smplx
import torch
from smplx.utils import Struct
from smplx.vertex_ids import vertex_ids
from test_official import official_arrays

from motion_transfer.body.model import BodyModel, licence_of
from motion_transfer.body.official import official_body
from motion_transfer.body.posing import shape_body, skin
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.files.bodies import load_body, read_body, save_body

FRAMES = 3


@pytest.fixture(scope="module")
def arrays(tiny_body: BodyModel) -> dict[str, Any]:
    """Those of a file whose pose-dependent offsets are large enough to be seen: centimetres."""
    offsets = np.random.default_rng(0).normal(0, 0.003, (len(tiny_body.template_m), 3, 207))
    return official_arrays(tiny_body) | {"posedirs": offsets}


@pytest.fixture(scope="module")
def official(arrays: dict[str, Any]) -> BodyModel:
    return official_body(arrays, "smpl")


def random_pose() -> BodyPose:
    generator = torch.Generator().manual_seed(6)
    return BodyPose(
        parent_from_joint=roma.rotvec_to_rotmat(torch.randn(FRAMES, 24, 3, generator=generator) * 0.5),
        root_position_m=torch.randn(FRAMES, 3, generator=generator),
    )


def shape(clothing_m: float = 0.0) -> BodyShape:
    return BodyShape(betas=torch.linspace(-1, 1, 10), clothing_offset_m=torch.full((24,), clothing_m))


def test_the_mesh_is_that_of_smplx_with_its_pose_dependent_offsets(arrays: dict[str, Any], official: BodyModel) -> None:
    pose = random_pose()
    of_file = arrays | {"J_regressor": arrays["J_regressor"].toarray()}
    reference = smplx.SMPL(
        "", data_struct=Struct(**of_file), vertex_ids=dict.fromkeys(vertex_ids["smplh"], 0), batch_size=FRAMES
    )
    expected = reference(
        betas=shape().betas.expand(FRAMES, -1),
        global_orient=pose.parent_from_joint[:, :1],
        body_pose=pose.parent_from_joint[:, 1:],
        pose2rot=False,
    )
    posed = shape_body(official, shape()).posed(pose)
    shift = (pose.root_position_m - posed.shaped.rest_joints_m[0])[:, None]
    torch.testing.assert_close(posed.vertices_m(), expected.vertices + shift, rtol=0, atol=1e-5)
    torch.testing.assert_close(posed.joints_m, expected.joints[:, :24] + shift, rtol=0, atol=1e-5)
    plain = skin(posed.shaped.rest_vertices_m, official.weights, posed.world_from_rest)
    assert (posed.vertices_m() - plain).norm(dim=-1).mean() > 0.01


def test_clothes_lift_the_surface_and_leave_the_joints(tiny_body: BodyModel, official: BodyModel) -> None:
    """Without offsets that depend on the pose it is the plain skinning of the same dressed body."""
    fields = official.fields() | {"pose_directions_m": torch.zeros_like(official.pose_directions_m)}
    dressed = shape_body(BodyModel(**fields), shape(0.02)).posed(random_pose())
    by_ours = shape_body(tiny_body, shape(0.02)).posed(random_pose())
    torch.testing.assert_close(dressed.vertices_m(), by_ours.vertices_m(), rtol=0, atol=1e-5)


@pytest.mark.slow
def test_without_smplx_an_smpl_body_is_refused_when_it_is_loaded(
    arrays: dict[str, Any], official: BodyModel, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "smpl.npz", **(arrays | {"J_regressor": arrays["J_regressor"].toarray()}))
    save_body(tmp_path / "performer.npz", official)
    assert load_body("smpl", str(tmp_path / "smpl.npz")).digest() == official.digest()
    monkeypatch.setitem(sys.modules, "smplx.lbs", None)
    for load in (lambda: load_body("smpl", str(tmp_path / "smpl.npz")), lambda: read_body(tmp_path / "performer.npz")):
        with pytest.raises(
            ValueError, match=r"expected the package smplx.*pip install 'motion-transfer\[smpl\]'"
        ) as said:
            load()
        assert "\n" not in str(said.value)


def test_one_smpl_body_makes_a_run_one_for_research_only(tiny_body: BodyModel, official: BodyModel) -> None:
    assert licence_of(tiny_body, tiny_body).startswith("any use")
    for bodies in ((official,), (tiny_body, official), (official, tiny_body)):
        assert licence_of(*bodies).startswith("non-commercial research only")
