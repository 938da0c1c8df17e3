"""The connected pieces of a mesh."""

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components


def pieces(vertices: int, faces: Int[np.ndarray, "face 3"]) -> Int[np.ndarray, "vertex"]:
    """The number of the connected piece that each vertex belongs to."""
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    graph = csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (vertices, vertices))
    return connected_components(graph, directed=False)[1].astype(np.int64)
