"""Collections of shapes, what they refuse, and how shapes are turned onto a reference."""

import numpy as np
import pytest
from drawn_shapes import closed_tube, tube_shapes
from scipy.optimize import minimize_scalar
from scipy.spatial.transform import Rotation

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection, align


def collection(mesh: TriangleMesh, shapes: np.ndarray | None = None) -> ShapeCollection:
    return ShapeCollection(
        name="tubes", vertices_m=tube_shapes(mesh, 3, 0) if shapes is None else shapes, faces=mesh.faces
    )


def test_one_shape_alone_is_refused() -> None:
    mesh = closed_tube()
    with pytest.raises(ValueError, match="expected 2 meshes or more in tubes, got 1"):
        collection(mesh, mesh.vertices_m[None])


def test_a_vertex_that_is_no_number_is_refused() -> None:
    mesh = closed_tube()
    shapes = tube_shapes(mesh, 3, 0)
    shapes[2, 5, 1] = np.nan
    with pytest.raises(ValueError, match="no numbers in shape 2"):
        collection(mesh, shapes)


def test_an_edge_of_three_triangles_is_refused() -> None:
    mesh = closed_tube()
    with_fin = np.concatenate([mesh.faces, [[mesh.faces[0, 0], mesh.faces[0, 1], 60]]])
    with pytest.raises(ValueError, match="at most two triangles in tubes, got 3"):
        collection(TriangleMesh(vertices_m=mesh.vertices_m, faces=with_fin))


def test_two_pieces_are_refused() -> None:
    mesh = closed_tube()
    both = np.concatenate([mesh.vertices_m, mesh.vertices_m + 3])
    faces = np.concatenate([mesh.faces, mesh.faces + len(mesh.vertices_m)])
    with pytest.raises(ValueError, match="got 2 pieces"):
        collection(TriangleMesh(vertices_m=both, faces=faces), np.stack([both, both]))


def test_shapes_are_turned_about_the_vertical_as_far_as_makes_them_nearest() -> None:
    mesh = closed_tube()
    shapes = tube_shapes(mesh, 4, 1)
    aligned, placement = align(shapes, mesh.vertices_m)
    fixed = mesh.vertices_m - mesh.vertices_m.mean(0)
    for shape, found, turn in zip(shapes, aligned, placement.rotation, strict=True):
        centred = shape - shape.mean(0)

        def off(angle: float, centred: np.ndarray = centred) -> float:
            turned = centred @ Rotation.from_rotvec([0, angle, 0]).as_matrix()
            return float(np.square(turned - fixed).sum())

        heading = np.arctan2(turn[0, 2], turn[0, 0])
        near = minimize_scalar(off, bounds=(heading - 1, heading + 1), method="bounded", options={"xatol": 1e-9}).x
        np.testing.assert_allclose(near, heading, atol=1e-4)
        assert off(heading) <= min(off(angle) for angle in np.linspace(-np.pi, np.pi, 60)) + 1e-9
        assert np.square(found - fixed).sum() == pytest.approx(off(heading))
    np.testing.assert_allclose(placement.apply(aligned), shapes, atol=1e-12)
