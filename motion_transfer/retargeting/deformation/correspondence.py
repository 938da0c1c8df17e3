"""Which part of a source mesh each part of a target mesh follows."""

import numpy as np
from jaxtyping import Bool
from scipy.sparse import csr_matrix, diags, identity

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.geometry.deformation_gradients import Faces, solid_areas
from motion_transfer.geometry.surface import Surface, SurfacePoints, unit_normals


@value
class Correspondence:
    """From a target mesh to a source mesh.

    Attributes:
        follows: weights of the source's triangles for each target triangle, whose gradients it takes; rows sum to 1.
        vertex_follows: the same for each target vertex.
        at: the point of the source's surface that each target vertex moves with.
        agrees: of the target's vertices, whether that point's surface faces the same way.
    """

    follows: csr_matrix
    vertex_follows: csr_matrix
    at: SurfacePoints
    agrees: Bool[np.ndarray, "vertex"]


def identical(mesh: TriangleMesh) -> Correspondence:
    """The correspondence of a mesh with another of the same triangles, in any shape."""
    faces = mesh.faces
    face_of_vertex = np.zeros(len(mesh.vertices_m), np.int64)
    corner = np.zeros_like(face_of_vertex)
    for index in range(3):
        face_of_vertex[faces[:, index]], corner[faces[:, index]] = np.arange(len(faces)), index
    return Correspondence(
        follows=csr_matrix(identity(len(faces))),
        vertex_follows=_around_vertices(mesh),
        at=SurfacePoints(face=face_of_vertex, barycentric=np.eye(3)[corner]),
        agrees=np.ones(len(mesh.vertices_m), bool),
    )


def by_closest_points(source: TriangleMesh, target: TriangleMesh) -> Correspondence:
    """The correspondence of two meshes that lie on each other, as after a registration.

    A triangle takes the gradients at the point that is closest to its centre, mixed from the vertices around, so that
    they change smoothly over the surface.
    """
    surface, around = Surface(source), _around_vertices(source)
    normals = unit_normals(target)
    centres_m = target.vertices_m[target.faces].mean(1)
    of_faces = surface.closest(centres_m, normals[target.faces].mean(1)).points
    of_vertices = surface.closest(target.vertices_m, normals)
    return Correspondence(
        follows=_mixture(of_faces, source.faces, len(source.vertices_m)) @ around,
        vertex_follows=_mixture(of_vertices.points, source.faces, len(source.vertices_m)) @ around,
        at=of_vertices.points,
        agrees=of_vertices.agrees,
    )


def _mixture(points: SurfacePoints, faces: Faces, vertices: int) -> csr_matrix:
    """From values of vertices to values at points."""
    rows = np.repeat(np.arange(len(points.face)), 3)
    entries = (points.barycentric.ravel(), (rows, faces[points.face].ravel()))
    return csr_matrix(entries, (len(points.face), vertices))


def _around_vertices(mesh: TriangleMesh) -> csr_matrix:
    """From values of triangles to their mean around each vertex, by area; flat triangles do not count."""
    areas, faces = solid_areas(mesh.vertices_m, mesh.faces), mesh.faces
    rows, columns = faces.ravel(), np.repeat(np.arange(len(faces)), 3)
    weights = csr_matrix((np.repeat(areas, 3), (rows, columns)), (len(mesh.vertices_m), len(faces)))
    total = np.bincount(rows, np.repeat(areas, 3), len(mesh.vertices_m))
    return csr_matrix(diags(1 / np.maximum(total, np.finfo(float).tiny)) @ weights)
