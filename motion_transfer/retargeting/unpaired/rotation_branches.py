"""Rotation vectors that agree over a mesh: which of all turns that end alike each vertex has made.

Notation: the rotation of vertex i has a unit axis w_i and an angle t_i in [0, pi]; (t_i + 2 pi k_i) w_i is the same
rotation for every whole number k_i, and turning the axis over changes nothing but the sign of both. Whole numbers are
sought that minimize sum_ij |(t_i + 2 pi k_i) w_i - (t_j + 2 pi k_j) w_j|^2 over the edges of the mesh (Gao et al. 2019,
eqs. 5 and 6, there first for the signs of axes and then for angles, by a solver of integer programs).

A spanning tree gives the start: every vertex takes the branch that is nearest to its parent's. Where edges still
disagree, the sparse linear system without the restriction to whole numbers is solved and rounded, and both are improved
vertex by vertex until none changes; the better one counts.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_matrix, diags
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import splu

TURN = 2 * np.pi
STILL_RAD = 1e-7  # a smaller angle has no axis
SWEEPS = 50

Vectors = Float[np.ndarray, "shape vertex 3"]
Edges = Int[np.ndarray, "edge 2"]


class RotationBranches:
    """Makes rotation vectors agree over the edges of one mesh.

    Args:
        edges: both directions of each edge; the mesh is one piece.
        root: the vertex whose smallest turn is right.
    """

    def __init__(self, edges: Edges, root: int) -> None:
        self._count = count = int(edges.max()) + 1
        self.edges, self.root = edges, root
        self._graph = csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
        order, parents = breadth_first_order(self._graph, root)
        self._levels = _levels(order, parents)
        self._colours = _colours(self._graph, count)

    def __call__(self, rotation_vectors: Vectors) -> Vectors:
        """Rotation vectors of any branch -> those of the same rotations that agree."""
        found, axes = self.from_tree(rotation_vectors)
        for shape in np.flatnonzero(self._disagrees(found)):
            found[shape] = self._improved(found[shape], axes[shape])
        return found

    def from_tree(self, rotation_vectors: Vectors) -> tuple[Vectors, Vectors]:
        """The branches nearest to those of the parents in a spanning tree, and the axes."""
        angles = np.linalg.norm(rotation_vectors, axis=-1)
        axes = rotation_vectors / np.maximum(angles, np.finfo(float).tiny)[..., None]
        still = angles < STILL_RAD
        axes[still] = [1.0, 0.0, 0.0]
        found = rotation_vectors.copy()
        for vertices, parents in self._levels:
            before = found[:, parents]
            length = np.linalg.norm(before, axis=-1, keepdims=True)
            free = still[:, vertices] & (length[..., 0] > STILL_RAD)
            axes[:, vertices] = np.where(free[..., None], before / np.maximum(length, STILL_RAD), axes[:, vertices])
            angle = angles[:, vertices] * ~still[:, vertices]
            turns = np.round(((before * axes[:, vertices]).sum(-1) - angle) / TURN)
            found[:, vertices] = (angle + TURN * turns)[..., None] * axes[:, vertices]
        return found, axes

    def energy(self, rotation_vectors: Vectors) -> Float[np.ndarray, "shape"]:
        """The sum of squared differences over the edges, each counted once."""
        start, stop = self.edges.T
        return np.square(rotation_vectors[:, start] - rotation_vectors[:, stop]).sum((1, 2)) / 2

    def _disagrees(self, rotation_vectors: Vectors) -> np.ndarray:
        start, stop = self.edges.T
        gaps = np.linalg.norm(rotation_vectors[:, start] - rotation_vectors[:, stop], axis=-1)
        return gaps.max(1) > np.pi

    def _improved(
        self, start: Float[np.ndarray, "vertex 3"], axes: Float[np.ndarray, "vertex 3"]
    ) -> Float[np.ndarray, "vertex 3"]:
        angles = (start * axes).sum(-1)
        relaxed = angles + TURN * np.round(self._relaxed(angles, axes))
        candidates = [self._swept(one, axes) for one in (angles, relaxed)]
        return min(candidates, key=lambda one: float(self.energy(one[None])[0]))

    def _relaxed(self, angles: Float[np.ndarray, "vertex"], axes: np.ndarray) -> Float[np.ndarray, "vertex"]:
        """Turns k as real numbers: sum_j (a_i - a_j w_i . w_j) = 0 for a = t + 2 pi k, the root's held."""
        start, stop = self.edges.T
        agreement = np.einsum("er,er->e", axes[start], axes[stop])
        coupling = csr_matrix((agreement, (start, stop)), (self._count, self._count))
        matrix = diags(np.bincount(start, minlength=len(angles)).astype(float)) - coupling
        held = np.full(len(angles), 1e-6)  # toward the tree's, where nothing else says how far
        held[self.root] = len(angles)
        solved = splu((matrix + diags(held)).tocsc()).solve(held * angles)
        return (solved - angles) / TURN

    def _swept(self, angles: Float[np.ndarray, "vertex"], axes: np.ndarray) -> Float[np.ndarray, "vertex 3"]:
        """Improve vertex by vertex; no two of a colour are neighbours, so that they change together."""
        degree, found = np.asarray(self._graph.sum(1)), angles[:, None] * axes
        for _ in range(SWEEPS):
            changed = False
            for vertices in self._colours:
                mean = (self._graph[vertices] @ found) / degree[vertices]
                ahead = (mean * axes[vertices]).sum(-1) - (found[vertices] * axes[vertices]).sum(-1)
                turns = np.where(np.abs(ahead) > np.pi + 1e-9, np.round(ahead / TURN), 0)
                turns[vertices == self.root] = 0
                found[vertices] += TURN * turns[:, None] * axes[vertices]
                changed |= bool(turns.any())
            if not changed:
                break
        return found


def _levels(order: np.ndarray, parents: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The vertices of a spanning tree, root left out, by their depth, with their parents."""
    depth = np.zeros(len(parents), np.int64)
    for vertex in order[1:]:
        depth[vertex] = depth[parents[vertex]] + 1
    return [(level, parents[level]) for level in (np.flatnonzero(depth == one) for one in range(1, depth.max() + 1))]


def _colours(graph: csr_matrix, count: int) -> list[np.ndarray]:
    """Vertices in groups without neighbours, greedily."""
    colour = np.full(count, -1)
    for vertex in range(len(colour)):
        used = set(colour[graph.indices[graph.indptr[vertex] : graph.indptr[vertex + 1]]].tolist())
        colour[vertex] = next(one for one in range(len(used) + 1) if one not in used)
    return [np.flatnonzero(colour == one) for one in range(colour.max() + 1)]
