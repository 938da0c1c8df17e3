"""As-consistent-as-possible deformation of meshes: a deformation gradient at every vertex, and back to the vertices.

Notation (Gao et al. 2016, 2019): e_ij = p_j - p_i at rest and e'_ij deformed, over the one-ring of vertex i, with
cotangent weights c_ij. The deformation gradient T_i minimizes sum_j c_ij |e'_ij - T_i e_ij|^2. A flat one-ring says
nothing along its normal n_i, so that the normal counts as one more edge, with weight h_i = sum_j c_ij |e_ij|^2 / 2:

    T_i M_i = sum_j c_ij e'_ij e_ij^T + h_i n'_i n_i^T,    M_i = sum_j c_ij e_ij e_ij^T + h_i n_i n_i^T.

Seen along the ring alone, T_i M_i B_i with B_i two axes across n_i, the term of the normal drops out and what is left
is linear in the deformed vertices: G p' = g(T). The published inverse minimizes sum_ij c_ij |e'_ij - T_i e_ij|^2, which
is near the deformed vertices but misses them where a ring bends. Here vertices minimize |G p' - g(T)|^2 plus a small
share of that energy, which holds what G does not see. One factorization serves all shapes; further back-substitutions
of what G still misses make the inverse exact.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_matrix, diags, vstack

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.surface import unit_normals, vertex_areas
from motion_transfer.retargeting.deformation.normal_equations import factor

LEAST_COTANGENT = 0.05  # of the mean; obtuse triangles would make rings that pull apart
CONSISTENCY = 1e-3  # share of the published energy
REFINEMENTS = 12  # back-substitutions that make the inverse exact

Shapes = Float[np.ndarray, "shape vertex 3"]
Gradients = Float[np.ndarray, "shape vertex 3 3"]
Edges = Int[np.ndarray, "edge"]


class DeformationGradients:
    """Shapes of one topology <-> deformation gradients T of their vertices against a mesh at rest."""

    def __init__(self, rest: TriangleMesh) -> None:
        self.rest, count = rest, len(rest.vertices_m)
        start, stop, weight = cotangent_edges(rest)
        self.edges = np.stack([start, stop], 1)
        edge = rest.vertices_m[stop] - rest.vertices_m[start]
        normal = unit_normals(rest)
        moments = np.zeros((count, 3, 3))
        np.add.at(moments, start, weight[:, None, None] * edge[:, :, None] * edge[:, None, :])
        self._normal_weight = np.trace(moments, axis1=1, axis2=2) / 2
        self._normal = normal
        self._moments = moments + self._normal_weight[:, None, None] * normal[:, :, None] * normal[:, None, :]
        self._inverse_moments = np.linalg.inv(self._moments)
        self._around = [_ring_sums(start, stop, weight * edge[:, axis], count, centre=-1) for axis in range(3)]
        self._both_ends = [_ring_sums(start, stop, weight * edge[:, axis], count, centre=1) for axis in range(3)]
        self._laplacian = -_ring_sums(start, stop, weight, count, centre=-1)
        self._prepare_inverse(_tangents(normal), moments)

    def __call__(self, vertices_m: Shapes) -> Gradients:
        """T of every vertex."""
        shapes, count = vertices_m.shape[:2]
        columns = np.ascontiguousarray(vertices_m.transpose(1, 0, 2)).reshape(count, -1)
        rings = np.stack([(part @ columns).reshape(count, shapes, 3) for part in self._around], -1)
        normals = np.stack([unit_normals(self.rest.at(one)) for one in vertices_m], 1)
        rings += (self._normal_weight[:, None] * self._normal)[:, None, None, :] * normals[..., None]
        return (rings @ self._inverse_moments[:, None]).transpose(1, 0, 2, 3)

    def vertices(self, gradients: Gradients, *, exact: bool) -> Shapes:
        """The shapes with these gradients, the mean of their vertices at the origin.

        Args:
            exact: of gradients that a shape has; those that a network made belong to none, and are only approached.
        """
        shapes, count = gradients.shape[:2]
        wanted = self._seen(gradients)
        right = self._transposed @ wanted + CONSISTENCY * self._consistent(gradients)
        solved = self._solve(right)
        for _ in range(REFINEMENTS if exact else 0):
            solved += self._solve(self._transposed @ (wanted - self._operator @ solved))
        found = solved.reshape(count, shapes, 3).transpose(1, 0, 2)
        return found - found.mean(1, keepdims=True)

    def _prepare_inverse(self, tangents: Float[np.ndarray, "vertex 3 2"], ring_moments: np.ndarray) -> None:
        across = np.linalg.inv(tangents.swapaxes(1, 2) @ ring_moments @ tangents)
        scale = np.sqrt(vertex_areas(self.rest))[:, None, None]
        self._tangent_slopes = scale * (tangents @ across)  # vertex 3 2
        rows = [
            sum(diags(self._tangent_slopes[:, axis, side]) @ self._around[axis] for axis in range(3))
            for side in range(2)
        ]
        self._operator = csr_matrix(vstack(rows))
        self._transposed = csr_matrix(self._operator.T)
        matrix = self._transposed @ self._operator + CONSISTENCY * self._laplacian
        held = np.zeros(len(across))
        held[0] = matrix.diagonal().mean()  # a shape may stand anywhere
        self._solve = factor(csr_matrix(matrix + diags(held)), "auto")

    def _seen(self, gradients: Gradients) -> Float[np.ndarray, "row column"]:
        """g(T): what G sees of a shape with these gradients."""
        rings = np.einsum("ivab,vbc->ivac", gradients, self._moments)
        along = np.einsum("ivac,vcs->svia", rings, self._tangent_slopes)
        return along.reshape(2 * gradients.shape[1], -1)

    def _consistent(self, gradients: Gradients) -> Float[np.ndarray, "vertex column"]:
        """Right-hand side of the published energy, for the Laplacian: -sum_j c_ij (T_i + T_j) e_ij / 2."""
        count = gradients.shape[1]
        columns = [gradients[..., axis].transpose(1, 0, 2).reshape(count, -1) for axis in range(3)]
        parts = [part @ column for part, column in zip(self._both_ends, columns, strict=True)]
        return -np.sum(parts, axis=0) / 2


def _ring_sums(start: Edges, stop: Edges, weight: Float[np.ndarray, "edge"], count: int, *, centre: int) -> csr_matrix:
    """From values x of vertices to sum_j w_ij (x_j + centre x_i) around each."""
    entries = np.concatenate([weight, centre * weight])
    return csr_matrix((entries, (np.tile(start, 2), np.concatenate([stop, start]))), (count, count))


def _tangents(normals: Float[np.ndarray, "vertex 3"]) -> Float[np.ndarray, "vertex 3 2"]:
    """Two unit axes across each normal."""
    helper = np.eye(3)[np.abs(normals).argmin(1)]
    first = np.cross(normals, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(normals, first)], -1)


def cotangent_edges(mesh: TriangleMesh) -> tuple[Edges, Edges, Float[np.ndarray, "edge"]]:
    """Both directions of every edge, and half the sum of the cotangents of the angles across it."""
    count = len(mesh.vertices_m)
    total = csr_matrix((count, count))
    for corner in range(3):
        at, one, other = (mesh.faces[:, (corner + shift) % 3] for shift in range(3))
        a, b = mesh.vertices_m[one] - mesh.vertices_m[at], mesh.vertices_m[other] - mesh.vertices_m[at]
        doubled = np.linalg.norm(np.cross(a, b), axis=1)
        cotangent = np.einsum("fr,fr->f", a, b) / np.maximum(doubled, np.finfo(float).tiny)
        total = total + csr_matrix((cotangent / 2, (one, other)), (count, count))
    both = (total + total.T).tocoo()
    kept = both.row != both.col
    weight = np.maximum(both.data[kept], LEAST_COTANGENT * np.abs(both.data[kept]).mean())
    return both.row[kept].astype(np.int64), both.col[kept].astype(np.int64), weight
