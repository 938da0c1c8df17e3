"""Non-rigid registration: its system against the paper's sums, and what it does to meshes."""

import numpy as np
import pytest
from small_meshes import ball, bent

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import inverse_frames, transposed_gradients
from motion_transfer.geometry.surface import Surface, unit_normals
from motion_transfer.retargeting.deformation.nonrigid_registration import (
    adjacency_laplacian,
    fourth_vertex_operator,
    register,
)

NO_MARKERS = (np.zeros(0, np.int64), np.zeros((0, 3)))


def mesh_of(subdivisions: int) -> TriangleMesh:
    vertices, faces = ball(subdivisions)
    return TriangleMesh(vertices_m=vertices, faces=faces)


def test_the_operator_gives_the_deformation_gradients_of_vertices_and_fourth_vertices() -> None:
    mesh = mesh_of(1)
    moved = bent(mesh.vertices_m, 1)[0].numpy()
    first, second, third = (moved[mesh.faces[:, corner]] for corner in range(3))
    across = np.cross(second - first, third - first)
    fourth = first + across / np.sqrt(np.linalg.norm(across, axis=1, keepdims=True))
    found = (fourth_vertex_operator(mesh) @ np.concatenate([moved, fourth])).reshape(-1, 3, 3)
    expected = transposed_gradients(inverse_frames(mesh.vertices_m, mesh.faces), moved[..., None], mesh.faces)
    np.testing.assert_allclose(found, expected[..., 0], atol=1e-9)


def test_the_laplacian_sums_squared_differences_over_shared_edges() -> None:
    faces, values = mesh_of(1).faces, np.random.default_rng(0).normal(size=80)
    total = 0.0
    for one in range(len(faces)):
        for other in range(one):
            if len(set(faces[one]) & set(faces[other])) == 2:
                total += (values[one] - values[other]) ** 2
    assert values @ (adjacency_laplacian(faces) @ values) == pytest.approx(total)


def test_a_mesh_is_brought_onto_another_of_other_triangles() -> None:
    moving, target = mesh_of(2), mesh_of(3)
    target = target.at(bent(target.vertices_m, 3)[0].numpy())
    gap_before = Surface(target).closest(moving.vertices_m, unit_normals(moving)).distance_m.mean()
    found = register(moving, target, *NO_MARKERS, solver="scipy")
    gap = Surface(target).closest(found.vertices_m, unit_normals(found)).distance_m.mean()
    assert gap < gap_before / 20


@pytest.mark.slow
def test_markers_are_met_where_closest_points_would_lead_elsewhere() -> None:
    mesh = mesh_of(2)
    turn = np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]])  # about the long axis
    target = mesh.at(mesh.vertices_m @ turn.T)
    vertices = np.arange(0, len(mesh.vertices_m), 10)
    found = register(mesh, target, vertices, target.vertices_m[vertices], solver="scipy")
    assert np.linalg.norm((found.vertices_m - target.vertices_m)[vertices], axis=1).max() < 0.002
    assert np.linalg.norm(found.vertices_m - target.vertices_m, axis=1).mean() < 0.01
    alone = register(mesh, target, *NO_MARKERS, solver="scipy")
    assert np.linalg.norm(alone.vertices_m - target.vertices_m, axis=1).mean() > 0.03


@pytest.mark.slow
def test_far_from_everything_a_mesh_stays_as_it_is() -> None:
    mesh = mesh_of(2)
    found = register(mesh, mesh.at(mesh.vertices_m + 10), *NO_MARKERS, solver="scipy")
    np.testing.assert_allclose(found.vertices_m, mesh.vertices_m, atol=1e-6)
