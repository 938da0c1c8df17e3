"""Points on a triangle mesh, and the closest ones to other points.

Notation: a point on a surface is a triangle with corners a, b, c and barycentric weights of these.
"""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.geometry.deformation_gradients import Faces, area_vectors

Points = Float[np.ndarray, "point 3"]
NEIGHBOURS = 8  # nearest samples whose triangles are looked at
SAMPLES = 30_000  # spread over a surface at least, beside its vertices


@value
class SurfacePoints:
    """Points on the triangles of a mesh."""

    face: Int[np.ndarray, "point"]
    barycentric: Float[np.ndarray, "point 3"]

    def on(self, mesh: TriangleMesh) -> Points:
        """Where the points are on a mesh of these triangles."""
        return np.einsum("pc,pcr->pr", self.barycentric, mesh.vertices_m[mesh.faces[self.face]])


@value
class Closest:
    """The closest point of a surface to each of some points.

    Attributes:
        agrees: whether the surface there faces the same way as the point that asked.
    """

    points: SurfacePoints
    position_m: Float[np.ndarray, "point 3"]
    distance_m: Float[np.ndarray, "point"]
    agrees: Bool[np.ndarray, "point"]


class Surface:
    """A mesh that can be asked for its closest points, by dense samples and a projection on their triangles."""

    def __init__(self, mesh: TriangleMesh) -> None:
        self.mesh = mesh
        vectors = area_vectors(mesh.vertices_m, mesh.faces)
        areas = np.linalg.norm(vectors, axis=1)
        self.normals = vectors / np.maximum(areas, np.finfo(float).tiny)[:, None]
        self.samples = spread(mesh.faces, areas, max(SAMPLES, len(mesh.faces)))
        self._tree = KDTree(self.samples.on(mesh))

    def closest(self, points_m: Points, normals: Points) -> Closest:
        """The closest points whose normals are within a right angle of the given ones; any closest one elsewhere."""
        faces = self.samples.face[self._tree.query(points_m, NEIGHBOURS)[1]]
        agreeing = np.einsum("pkr,pr->pk", self.normals[faces], normals) > 0
        asked = np.repeat(points_m, NEIGHBOURS, 0)
        corners = self.mesh.vertices_m[self.mesh.faces[faces.ravel()]]
        barycentric = closest_on_triangles(asked, corners)
        position = np.einsum("pc,pcr->pr", barycentric, corners)
        distance = np.linalg.norm(position - asked, axis=1).reshape(faces.shape)
        rows = np.arange(len(points_m))
        best = np.where(agreeing | ~agreeing.any(1, keepdims=True), distance, np.inf).argmin(1)
        chosen = rows * NEIGHBOURS + best
        return Closest(
            points=SurfacePoints(face=faces[rows, best], barycentric=barycentric[chosen]),
            position_m=position[chosen],
            distance_m=distance[rows, best],
            agrees=agreeing.any(1),
        )


def spread(faces: Faces, areas: Float[np.ndarray, "face"], count: int) -> SurfacePoints:
    """Points spread evenly over a surface, every triangle's centre first; the same ones each time."""
    generator = np.random.default_rng(0)
    drawn = generator.choice(len(faces), count, p=areas / areas.sum())
    root, other = np.sqrt(generator.uniform(size=count)), generator.uniform(size=count)
    inside = np.stack([1 - root, root * (1 - other), root * other], 1)  # uniform over a triangle (Turk 1990)
    centres = np.full((len(faces), 3), 1 / 3)
    return SurfacePoints(
        face=np.concatenate([np.arange(len(faces)), drawn]), barycentric=np.concatenate([centres, inside])
    )


def closest_on_triangles(points_m: Points, corners_m: Float[np.ndarray, "point 3 3"]) -> Float[np.ndarray, "point 3"]:
    """Barycentric weights of the closest point of one triangle to each point.

    The projection on the plane where it falls inside, else the closest point of the three edges.
    """
    a, b, c = corners_m.swapaxes(0, 1)
    ab, ac, ap = b - a, c - a, points_m - a
    aa, bb, cross = _dot(ab, ab), _dot(ac, ac), _dot(ab, ac)
    area = np.maximum(aa * bb - cross**2, np.finfo(float).tiny)
    v = (bb * _dot(ap, ab) - cross * _dot(ap, ac)) / area
    w = (aa * _dot(ap, ac) - cross * _dot(ap, ab)) / area
    best = np.stack([1 - v - w, v, w], 1)
    outside = (best < 0).any(1)
    shortest = np.where(outside, np.inf, -1.0)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, along = corners_m[:, first], corners_m[:, second] - corners_m[:, first]
        length = np.maximum(_dot(along, along), np.finfo(float).tiny)
        t = np.clip(_dot(points_m - start, along) / length, 0, 1)
        gap = _dot(*[points_m - start - t[:, None] * along] * 2)
        nearer = gap < shortest
        shortest = np.where(nearer, gap, shortest)
        best[nearer] = 0
        best[nearer, first], best[nearer, second] = 1 - t[nearer], t[nearer]
    return best


def vertex_areas(mesh: TriangleMesh) -> Float[np.ndarray, "vertex"]:
    """A third of the area of the triangles around each vertex."""
    areas = np.linalg.norm(area_vectors(mesh.vertices_m, mesh.faces), axis=1)
    return np.bincount(mesh.faces.ravel(), np.repeat(areas / 3, 3), len(mesh.vertices_m))


def unit_normals(mesh: TriangleMesh) -> Points:
    """Unit normals of the vertices, the mean of the touching faces weighted by their area."""
    vectors = np.repeat(area_vectors(mesh.vertices_m, mesh.faces), 3, axis=0)
    summed = np.stack([np.bincount(mesh.faces.ravel(), axis, len(mesh.vertices_m)) for axis in vectors.T], 1)
    return summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), np.finfo(float).tiny)


def _dot(a: Points, b: Points) -> Float[np.ndarray, "point"]:
    return np.einsum("pr,pr->p", a, b)
