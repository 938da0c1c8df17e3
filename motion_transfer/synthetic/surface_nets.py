"""The surface on which a function of space is zero -> triangles, by naive surface nets (Gibson 1998).

Every cell of a grid that the surface passes has one vertex, the mean of where it crosses the cell's edges; every edge
of the grid that it crosses has a quadrilateral of the four cells around.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.triangle_mesh import TriangleMesh

Function = Callable[[Float[np.ndarray, "point 3"]], Float[np.ndarray, "point"]]
CORNERS = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if np.abs(CORNERS[a] - CORNERS[b]).sum() == 1]


def surface_of(
    function: Function, low_m: Float[np.ndarray, "3"], high_m: Float[np.ndarray, "3"], cell_m: float
) -> TriangleMesh:
    """Triangles where the function is zero, facing to where it is positive.

    Args:
        low_m, high_m: corners of a box with the surface strictly inside.
    """
    counts = np.ceil((high_m - low_m) / cell_m).astype(np.int64) + 1
    axes = [low_m[axis] + cell_m * np.arange(counts[axis]) for axis in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    values = function(points.reshape(-1, 3)).reshape(counts)
    inside = values < 0
    cells = np.array(np.nonzero(_mixed(inside))).T
    number = np.full(counts - 1, -1)
    number[tuple(cells.T)] = np.arange(len(cells))
    vertices = low_m + cell_m * _crossings(values, cells)
    return TriangleMesh(vertices_m=vertices, faces=_faces(inside, number))


def _mixed(inside: np.ndarray) -> np.ndarray:
    """Cells with corners on both sides."""
    x, y, z = inside.shape
    corners = np.stack([inside[a : x - 1 + a, b : y - 1 + b, c : z - 1 + c] for a, b, c in CORNERS])
    return corners.any(0) & ~corners.all(0)


def _crossings(values: np.ndarray, cells: np.ndarray) -> Float[np.ndarray, "cell 3"]:
    """The mean of where the surface crosses each cell's edges, in cells of the grid."""
    at = np.stack([values[tuple((cells + corner).T)] for corner in CORNERS], 1)
    total, count = np.zeros((len(cells), 3)), np.zeros(len(cells))
    for a, b in EDGES:
        crossed = (at[:, a] < 0) != (at[:, b] < 0)
        share = np.where(crossed, at[:, a] / np.where(crossed, at[:, a] - at[:, b], 1), 0)
        total += crossed[:, None] * (CORNERS[a] + share[:, None] * (CORNERS[b] - CORNERS[a]))
        count += crossed
    return cells + total / count[:, None]


def _faces(inside: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Two triangles for every crossed edge of the grid, which lies in the middle of four cells."""
    found = []
    for axis in range(3):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        ahead = np.roll(inside, -1, axis)
        edges = np.array(np.nonzero(inside != ahead)).T
        edges = edges[edges[:, axis] < inside.shape[axis] - 1]
        quad = []
        for back_one, back_other in ((0, 0), (1, 0), (1, 1), (0, 1)):
            cell = edges.copy()
            cell[:, one] -= back_one
            cell[:, other] -= back_other
            quad.append(number[tuple(cell.T)])
        quad = np.stack(quad, 1)
        outward = inside[tuple(edges.T)]
        quad[~outward] = quad[~outward][:, ::-1]
        found += [quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]]
    return np.concatenate(found).astype(np.int64)
