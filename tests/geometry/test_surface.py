"""Closest points on triangles, against a slow search; spread samples, areas and normals."""

import numpy as np
import pytest
from scipy.optimize import minimize
from small_meshes import ball

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.surface import Surface, closest_on_triangles, spread, unit_normals, vertex_areas


def mesh_of(subdivisions: int) -> TriangleMesh:
    vertices, faces = ball(subdivisions)
    return TriangleMesh(vertices_m=vertices, faces=faces)


@pytest.mark.parametrize("seed", range(20))
def test_the_closest_point_of_a_triangle_is_that_of_a_slow_search(seed: int) -> None:
    draw = np.random.default_rng(seed)
    corners, point = draw.normal(size=(3, 3)), 2 * draw.normal(size=3)

    def gap(weights: np.ndarray) -> float:
        return float(np.linalg.norm(weights @ corners - point))

    simplex = {"type": "eq", "fun": lambda weights: weights.sum() - 1}
    best = minimize(gap, np.full(3, 1 / 3), bounds=[(0, 1)] * 3, constraints=[simplex], options={"ftol": 1e-12})
    found = closest_on_triangles(point[None], corners[None])[0]
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert gap(found) == pytest.approx(best.fun, abs=1e-5)


def test_a_point_over_a_surface_finds_the_point_below_it() -> None:
    surface = Surface(mesh_of(3))
    points = spread(surface.mesh.faces, np.ones(len(surface.mesh.faces)), 200)
    on, normals = points.on(surface.mesh), surface.normals[points.face]
    found = surface.closest(on + 0.002 * normals, normals)
    assert found.agrees.all()
    gaps = np.linalg.norm(found.position_m - on, axis=1)
    assert np.quantile(gaps, 0.99) < 1e-4
    assert gaps.max() < 0.005


def test_normals_tell_two_sheets_apart() -> None:
    vertices, faces = ball(3)
    thin = TriangleMesh(vertices_m=vertices * [1, 1, 0.02], faces=faces)  # two sheets, some millimetres apart
    point, front = np.array([[0.05, 0.05, 0.0]]), np.array([[0.0, 0.0, 1.0]])
    surface = Surface(thin)
    assert surface.closest(point, front).position_m[0, 2] > 0
    assert surface.closest(point, -front).position_m[0, 2] < 0


def test_samples_are_spread_by_area() -> None:
    mesh = mesh_of(2)
    areas = np.linspace(1, 9, len(mesh.faces))
    drawn = spread(mesh.faces, areas, 50_000).face[len(mesh.faces) :]
    share = np.bincount(drawn, minlength=len(areas)) / 50_000
    assert np.abs(share / (areas / areas.sum()) - 1).mean() < 0.1


def test_areas_of_vertices_sum_to_that_of_the_surface_and_normals_point_outward() -> None:
    mesh = mesh_of(3)
    corners = mesh.vertices_m[mesh.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    assert vertex_areas(mesh).sum() == pytest.approx(area)
    normals = unit_normals(mesh)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    assert ((normals * mesh.vertices_m).sum(1) > 0).all()
