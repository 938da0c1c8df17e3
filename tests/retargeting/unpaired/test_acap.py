"""Deformation gradients of vertices, and the way back to the vertices."""

import numpy as np
from drawn_shapes import closed_tube, twisted
from scipy.spatial.transform import Rotation

from motion_transfer.geometry.surface import unit_normals
from motion_transfer.retargeting.unpaired.acap import DeformationGradients, cotangent_edges


def test_gradients_solve_the_weighted_least_squares_of_each_ring_and_its_normal() -> None:
    mesh = closed_tube(6)
    deformed = mesh.at(twisted(mesh, 2.0, 0.8))
    found = DeformationGradients(mesh)(deformed.vertices_m[None])[0]
    start, stop, weight = cotangent_edges(mesh)
    before, after = unit_normals(mesh), unit_normals(deformed)
    for vertex in range(len(mesh.vertices_m)):
        ring = start == vertex
        edge = mesh.vertices_m[stop[ring]] - mesh.vertices_m[vertex]
        moved = deformed.vertices_m[stop[ring]] - deformed.vertices_m[vertex]
        of_normal = (weight[ring] * (edge**2).sum(1)).sum() / 2
        root = np.sqrt(np.append(weight[ring], of_normal))[:, None]
        left, right = np.vstack([edge, before[vertex]]) * root, np.vstack([moved, after[vertex]]) * root
        np.testing.assert_allclose(found[vertex], np.linalg.lstsq(left, right, rcond=None)[0].T, atol=1e-9)


def test_cotangents_are_those_of_the_angles_across_each_edge() -> None:
    mesh = closed_tube(4)
    start, stop, weight = cotangent_edges(mesh)
    expected = np.zeros(len(start))
    for face in mesh.faces:
        for a, b, c in (face, face[[1, 2, 0]], face[[2, 0, 1]]):
            one, other = mesh.vertices_m[a] - mesh.vertices_m[c], mesh.vertices_m[b] - mesh.vertices_m[c]
            angle = np.arccos(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
            expected[((start == a) & (stop == b)) | ((start == b) & (stop == a))] += 1 / np.tan(angle) / 2
    np.testing.assert_allclose(weight, np.maximum(expected, weight.min()), atol=1e-9)


def test_one_affine_map_of_all_vertices_comes_back_without_refinement() -> None:
    mesh = closed_tube()
    affine = Rotation.from_rotvec([0.3, 1.0, -2.0]).as_matrix()
    gradients = np.tile(affine, (1, len(mesh.vertices_m), 1, 1))
    expected = (mesh.vertices_m - mesh.vertices_m.mean(0)) @ affine.T
    found = DeformationGradients(mesh).vertices(gradients, exact=False)[0]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_vertices_come_back_exactly_from_their_gradients() -> None:
    mesh = closed_tube()
    shapes = np.stack([twisted(mesh, turn, bend) for turn, bend in ((5.0, 0.0), (-4.0, 2.0), (1.0, 3.0))])
    gradients = DeformationGradients(mesh)
    expected = shapes - shapes.mean(1, keepdims=True)
    exact = np.abs(gradients.vertices(gradients(shapes), exact=True) - expected).max() / mesh.size_m
    near = np.abs(gradients.vertices(gradients(shapes), exact=False) - expected).max() / mesh.size_m
    assert exact < 1e-10 < near < 1e-2
