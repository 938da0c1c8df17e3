"""Non-rigid registration of one mesh onto another, as Sumner and Popovic (2004, section 4) find correspondences.

Notation: T_i is the deformation gradient of triangle i, with a fourth vertex along e3 of its own. The vertices minimize

    w_S sum over adjacent i, k of |T_i - T_k|^2 + w_I sum_i |T_i - I|^2 + w_C sum_v |x_v - c_v|^2,

where c_v is the closest valid point of the target, or where a marker belongs. Closest points are found
anew as w_C grows.
"""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix, diags, identity, kron

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import Faces, inverse_frames
from motion_transfer.geometry.surface import Surface, unit_normals
from motion_transfer.retargeting.deformation.normal_equations import factor

SMOOTHNESS, IDENTITY = 1.0, 0.001
CLOSEST = (1.0, 5.0, 25.0, 125.0, 625.0, 5000.0)  # w_C of every round, for distances as shares of the height
MARKER = 1e5
STAY = 1e-6  # of a vertex without a closest point, toward where it is: it follows its neighbours
FARTHEST = 0.06  # a closest point beyond this share of the height is none


def register(
    moving: TriangleMesh,
    target: TriangleMesh,
    marker_vertices: Int[np.ndarray, "marker"],
    marker_positions_m: Float[np.ndarray, "marker 3"],
    *,
    solver: str,
) -> TriangleMesh:
    """Deform a mesh that lies near the target until it lies on it.

    Args:
        marker_vertices: of the moving mesh; `marker_positions_m` is where they belong.
        solver: of `normal_equations.factor`.
    """
    surface, height = Surface(target), float(np.ptp(target.vertices_m[:, 1]))
    operator, count = fourth_vertex_operator(moving), len(moving.vertices_m)
    unchanged = np.tile(np.eye(3), (len(moving.faces), 1))
    differences = kron(adjacency_laplacian(moving.faces), identity(3))
    regular = csr_matrix(operator.T @ (SMOOTHNESS * differences + IDENTITY * identity(len(unchanged))) @ operator)
    toward_identity = IDENTITY * (operator.T @ unchanged)
    found = moving
    for weight in CLOSEST:
        closest = surface.closest(found.vertices_m, unit_normals(found))
        valid = closest.agrees & (closest.distance_m < FARTHEST * height)
        pull, wanted = _pulls(valid, found.vertices_m, closest.position_m, weight, marker_vertices, marker_positions_m)
        pull = np.concatenate([pull / height**2, np.zeros(len(moving.faces))])
        right = toward_identity.copy()
        right[:count] += pull[:count, None] * wanted
        found = moving.at(factor(csr_matrix(regular + diags(pull)), solver)(right)[:count])
    return found


def fourth_vertex_operator(mesh: TriangleMesh) -> csr_matrix:
    """From vertices, and behind them the fourth vertices of all faces, to three rows T^T of every triangle."""
    count, vertices = len(mesh.faces), len(mesh.vertices_m)
    inverses = inverse_frames(mesh.vertices_m, mesh.faces)
    slopes = np.concatenate([-inverses.sum(1, keepdims=True), inverses], 1)  # face, one of four vertices, axis
    corners = np.concatenate([mesh.faces, vertices + np.arange(count)[:, None]], 1)
    rows = np.broadcast_to(np.arange(3 * count).reshape(count, 1, 3), slopes.shape)
    columns = np.broadcast_to(corners[:, :, None], slopes.shape)
    return csr_matrix((slopes.ravel(), (rows.ravel(), columns.ravel())), (3 * count, vertices + count))


def adjacency_laplacian(faces: Faces) -> csr_matrix:
    """The Laplacian of the graph of faces that share an edge: x^T L x sums squared differences over its edges."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edge = np.unique(edges, axis=0, return_inverse=True)[1].ravel()
    member = csr_matrix((np.ones(len(edge)), (np.tile(np.arange(len(faces)), 3), edge)))
    adjacent = csr_matrix(member @ member.T)
    adjacent.setdiag(0)
    return csr_matrix(diags(np.asarray(adjacent.sum(1)).ravel()) - adjacent)


def _pulls(
    valid: Bool[np.ndarray, "vertex"],
    current_m: Float[np.ndarray, "vertex 3"],
    closest_m: Float[np.ndarray, "vertex 3"],
    weight: float,
    marker_vertices: Int[np.ndarray, "marker"],
    marker_positions_m: Float[np.ndarray, "marker 3"],
) -> tuple[Float[np.ndarray, "vertex"], Float[np.ndarray, "vertex 3"]]:
    """How firmly each vertex is pulled, and where to; markers come before closest points."""
    pull, wanted = np.where(valid, weight, STAY), np.where(valid[:, None], closest_m, current_m)
    pull[marker_vertices], wanted[marker_vertices] = MARKER, marker_positions_m
    return pull, wanted
