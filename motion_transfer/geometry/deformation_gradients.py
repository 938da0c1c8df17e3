"""Deformation gradients of triangles, and the linear operator that finds vertices with given ones.

Notation: a triangle has edges e1 = v2 - v1, e2 = v3 - v1 and, across it, e3 = (e1 x e2) / sqrt|e1 x e2| (Sumner and
Popovic 2004, eq. 3). With V = [e1 e2 e3] at rest and V~ deformed, its deformation gradient is S = V~ V^-1 (eq. 4).

Find vertices x that minimize sum_j a_j |S_j - T_j(x)|_F^2 (eq. 5), a_j the area of triangle j. In that paper T_j has a
fourth vertex of its own along e3. It appears in no other triangle, so that it takes whatever makes T_j n = S_j n, for
the triangle's normal n, and drops out: what is left is |(S_j - T_j) P_j|^2 with P_j = I - n n^T. On it T_j(x) is
linear in the triangle's three vertices: T_j P_j = [x2 - x1, x3 - x1] E_j, where E_j, 2 x 3, is the pseudo-inverse of
[e1 e2]. The normal equations are those of a Poisson problem (Botsch et al. 2006): D^T A D x = D^T A s, where D stacks
E_j^T times differences, A repeats a_j, and s stacks S_j^T.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_matrix

Vertices = Float[np.ndarray, "vertex 3"]
Moving = Float[np.ndarray, "vertex 3 frame"]  # frames come last: whole frames are then computed with at once
Faces = Int[np.ndarray, "face 3"]
FLAT = 1e-12  # area of a triangle, over the squared size of its mesh, under which it has no direction


def transposed_gradients(
    rest_inverses: Float[np.ndarray, "face 3 3"], deformed_m: Moving, faces: Faces
) -> Float[np.ndarray, "face 3 3 frame"]:
    """S^T of every triangle.

    Args:
        rest_inverses: V^-1 at rest, of `inverse_frames`.
    """
    edges = _edges(deformed_m, faces)
    found = np.empty((len(faces), 3, 3, deformed_m.shape[2]))
    for column in range(3):  # sums over whole arrays: thousands of small matrix products take many times as long
        found[:, column] = sum(edges[k] * rest_inverses[:, k, column, None, None] for k in range(3))
    return found


def inverse_frames(vertices_m: Vertices, faces: Faces) -> Float[np.ndarray, "face 3 3"]:
    """V^-1 of every triangle; that of a flat one is zero, so that its gradients are zero as well."""
    frames = np.stack(_edges(vertices_m[..., None], faces), -1)[:, :, 0]
    flat = solid_areas(vertices_m, faces) == 0
    frames[flat] = np.eye(3)
    inverses = np.linalg.inv(frames)
    inverses[flat] = 0
    return inverses


def solid_areas(vertices_m: Vertices, faces: Faces) -> Float[np.ndarray, "face"]:
    """Areas in square metres; 0 for triangles that are too flat to have a direction."""
    areas = np.linalg.norm(area_vectors(vertices_m, faces), axis=1)
    size = np.linalg.norm(np.ptp(vertices_m, axis=0))
    return np.where(areas > FLAT * size**2, areas, 0.0)


def area_vectors(vertices_m: Vertices, faces: Faces) -> Float[np.ndarray, "face 3"]:
    """The outward normal of every triangle, as long as its area."""
    a, b, c = (vertices_m[faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a) / 2


def gradient_operator(vertices_m: Vertices, faces: Faces) -> csr_matrix:
    """D, with three rows a face: (D x)[3 j + k] is how the position x changes along axis k of the triangle j at rest.

    Rows of a flat triangle are zero.
    """
    pseudo_inverses = inverse_frames(vertices_m, faces)[:, :2]  # E_j; the third row belongs to the normal
    slopes = np.stack([-pseudo_inverses.sum(1), pseudo_inverses[:, 0], pseudo_inverses[:, 1]], 1)  # face corner axis
    count = len(faces)
    rows = np.broadcast_to(np.arange(3 * count).reshape(count, 1, 3), slopes.shape)
    columns = np.broadcast_to(faces[:, :, None], slopes.shape)
    return csr_matrix((slopes.ravel(), (rows.ravel(), columns.ravel())), (3 * count, len(vertices_m)))


def _edges(vertices_m: Moving, faces: Faces) -> list[Float[np.ndarray, "face 3 frame"]]:
    """The columns of V."""
    first, second, third = (vertices_m.take(faces[:, corner], 0) for corner in range(3))
    e1, e2 = second - first, third - first
    (ax, ay, az), (bx, by, bz) = e1.swapaxes(0, 1), e2.swapaxes(0, 1)
    across = np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], 1)
    length = np.sqrt(np.einsum("jrf,jrf->jf", across, across))
    return [e1, e2, across / np.sqrt(np.maximum(length, np.finfo(float).tiny))[:, None]]
