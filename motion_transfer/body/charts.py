"""The charts of a surface atlas: pieces of the surface that lie connected in it."""

import numpy as np
import torch
from jaxtyping import Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor


def connected_charts(uv_faces: Int[Tensor, "face 3"]) -> Int[Tensor, "face"]:
    """Number the connected pieces of the atlas; gives each face its chart."""
    corners = uv_faces.numpy()
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]]])
    count = int(corners.max()) + 1
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), (count, count))
    pieces = connected_components(graph, directed=False)[1][corners[:, 0]]
    return torch.from_numpy(np.unique(pieces, return_inverse=True)[1].astype(np.int64))
