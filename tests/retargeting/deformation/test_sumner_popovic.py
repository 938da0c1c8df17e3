"""The stage of deformation transfer on whole motions."""

import numpy as np
import pytest
import torch
from small_meshes import KnownMotion, ball, bent

from motion_transfer.domain.mesh_motion import MeshMotion
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.retargeting.deformation.correspondence import by_closest_points, identical
from motion_transfer.retargeting.deformation.deformed_mesh import DeformedMesh, count_flipped
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage, SumnerPopovic

STAGE = SumnerPopovic(anchor_length=0.1, foot_anchor_length=0.005, solver="scipy")
OF_ITS_SIZE = 1e-6


def transferred(rest: TriangleMesh, moved: torch.Tensor) -> DeformedMesh:
    nobody = np.zeros(len(rest.vertices_m), bool)
    return STAGE(KnownMotion(moved, rest.faces), rest, rest, identical(rest), nobody)


def mesh_of(subdivisions: int) -> TriangleMesh:
    vertices, faces = ball(subdivisions)
    return TriangleMesh(vertices_m=vertices, faces=faces)


def test_it_is_a_deformation_stage_and_gives_a_mesh_motion() -> None:
    rest = mesh_of(1)
    assert isinstance(STAGE, DeformationStage)
    assert isinstance(transferred(rest, bent(rest.vertices_m, 1)), MeshMotion)


@pytest.mark.slow
def test_identity_transfer_reproduces_the_source_to_a_millionth_of_its_size() -> None:
    rest = mesh_of(2)
    moved = bent(rest.vertices_m, 11)
    found = transferred(rest, moved)
    assert (found.vertices_m() - moved).abs().max() < OF_ITS_SIZE
    torch.testing.assert_close(found.vertices_m(slice(9, 11)), found.vertices_m()[9:])
    assert found.flipped_faces().tolist() == [0] * 11


@pytest.mark.slow
def test_another_tessellation_of_the_source_follows_it() -> None:
    rest, other = mesh_of(4), mesh_of(3)
    matched = by_closest_points(rest, other)
    assert matched.agrees.all()
    moving, nobody = KnownMotion(bent(rest.vertices_m, 3), rest.faces), np.zeros(len(other.vertices_m), bool)
    found = STAGE(moving, rest, other, matched, nobody)
    assert (found.vertices_m() - bent(other.vertices_m, 3)).norm(dim=-1).mean() < 0.001


@pytest.mark.slow
def test_feet_are_held_more_firmly_than_the_rest() -> None:
    rest = mesh_of(2)
    squeezed = rest.at(
        rest.vertices_m * [1.5, 1, 0.6]
    )  # no longer the same shape, so that gradients and anchors differ
    foot = rest.vertices_m[:, 1] < -0.4
    moved = bent(rest.vertices_m, 3)
    errors = []
    for feet in (foot, np.zeros_like(foot)):
        found = STAGE(KnownMotion(moved, rest.faces), rest, squeezed, identical(rest), feet)
        wanted = STAGE(KnownMotion(moved, rest.faces), rest, squeezed, identical(rest), np.ones_like(foot))
        errors.append((found.vertices_m() - wanted.vertices_m())[:, foot].norm(dim=-1).mean())
    assert errors[0] < errors[1] / 5


def test_triangles_that_face_away_from_their_gradients_are_counted() -> None:
    rest = mesh_of(1)
    turned = np.tile(np.diag([-1.0, -1.0, 1.0]), (len(rest.faces), 1, 1))  # half a turn about z
    assert count_flipped(turned, rest, rest.vertices_m @ turned[0]) == 0
    dented = rest.vertices_m @ turned[0]
    dented[0] *= -0.5
    assert 0 < count_flipped(turned, rest, dented) < 10


def test_a_solver_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a solver out of auto, scipy, cholespy, got 'qr'"):
        SumnerPopovic(anchor_length=0.1, foot_anchor_length=0.1, solver="qr")
