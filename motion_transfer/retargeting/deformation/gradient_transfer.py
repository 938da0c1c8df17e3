"""Deformation transfer by Sumner and Popovic (2004): a target that takes over the deformation gradients of a source.

The notation is that of `geometry.deformation_gradients`. The target's vertices x minimize

    sum_j a_j |sum_i w_ji S_i - T_j(x)|_F^2 + sum_v b_v |x_v - p_v|^2,

where w_ji says how far target triangle j follows source triangle i, and p_v is where the anchored vertex v should be.
Gradients do not say where a piece of the mesh is, so that each connected piece needs an anchor.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_matrix, diags

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import Faces, gradient_operator, solid_areas
from motion_transfer.geometry.pieces import pieces
from motion_transfer.retargeting.deformation.normal_equations import factor


class GradientTransfer:
    """Finds the target's vertices for deformation gradients of the source; the system is factored when it is made.

    Args:
        rest: the target at rest.
        follows: w, a row for each face of the target and a column for each face of the source.
        anchors: the anchored vertices.
        anchor_weights: b, in units of area over squared length; each is positive.
        solver: of `normal_equations.factor`.

    Raises:
        ValueError: a connected piece of the target has no anchor, or there is no such solver.
    """

    def __init__(
        self,
        rest: TriangleMesh,
        follows: csr_matrix,
        anchors: Int[np.ndarray, "anchor"],
        anchor_weights: Float[np.ndarray, "anchor"],
        *,
        solver: str,
    ) -> None:
        count, areas = len(rest.vertices_m), solid_areas(rest.vertices_m, rest.faces)
        _check_anchored(count, rest.faces[areas > 0], anchors)
        operator = gradient_operator(rest.vertices_m, rest.faces)
        self._follows = follows
        self._weighted = csr_matrix(operator.T @ diags(np.repeat(areas, 3)))  # D^T A
        pulls = csr_matrix((anchor_weights, (anchors, np.arange(len(anchors)))), (count, len(anchors)))
        self._pulls = pulls  # from the positions of anchors to the right-hand side
        self._solve = factor(
            csr_matrix(self._weighted @ operator + diags(np.bincount(anchors, anchor_weights, count))), solver
        )

    def __call__(
        self,
        transposed_gradients: Float[np.ndarray, "source_face 3 3 frame"],
        anchors_m: Float[np.ndarray, "anchor 3 frame"],
    ) -> Float[np.ndarray, "vertex 3 frame"]:
        """Deform the target.

        Args:
            transposed_gradients: S^T of every source triangle.
            anchors_m: p, where the anchored vertices should be.
        """
        frames = anchors_m.shape[2]
        wanted = self.followed(transposed_gradients)
        right = self._weighted @ wanted.reshape(-1, 3 * frames)
        right += self._pulls @ np.ascontiguousarray(anchors_m).reshape(-1, 3 * frames)
        return self._solve(right).reshape(-1, 3, frames)

    def followed(
        self, transposed_gradients: Float[np.ndarray, "source_face 3 3 frame"]
    ) -> Float[np.ndarray, "face 3 3 frame"]:
        """S^T that each triangle of the target should have: those of the source, moved along `follows`."""
        count, _, _, frames = transposed_gradients.shape
        moved = self._follows @ np.ascontiguousarray(transposed_gradients).reshape(count, 9 * frames)
        return moved.reshape(-1, 3, 3, frames)


def _check_anchored(vertices: int, faces: Faces, anchors: Int[np.ndarray, "anchor"]) -> None:
    piece = pieces(vertices, faces)
    loose = np.setdiff1d(piece, piece[anchors])
    if len(loose):
        raise ValueError(
            f"expected an anchor in each of the {piece.max() + 1} connected pieces of the mesh, got none in "
            f"{len(loose)} of them; anchor one vertex of each"
        )
