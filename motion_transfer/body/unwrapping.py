"""UV unwrapping of a body without an atlas: its surface flattened without overlaps into charts with gutters.

Each large part is cut into the half that faces a direction and the half that faces away. A half is projected along
that direction, stretched where the surface turns away from it, and what still lies over something else (an ear, the
inside of a thumb) gets a chart of its own.
"""

import itertools
import math

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from motion_transfer.body.skeleton import PARTS

X, Y, Z = np.eye(3)
# By the last word of a part's name: the direction along the part, and that which cuts it into halves.
HALVES = {
    "head": (Y, Z),
    "torso": (Y, Z),
    "arm": (X, Z),
    "forearm": (X, Z),
    "hand": (X, Y),
    "thigh": (Y, Z),
    "shank": (Y, Z),
    "foot": (Z, Y),
}
GUTTER = 0.006  # free border around each chart, fraction of the atlas: three texels of 512
LEVELS = 16  # heights along a part at which its width is measured
ROUNDEST = 0.97  # sine of the steepest turn that is stretched out
HEAD_SCALE = 1.6  # of texels per metre: viewers look at faces more closely than at anything else


def unwrap(vertices_m: np.ndarray, faces: np.ndarray, part_of_face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flatten a surface.

    Args:
        vertices_m: template in the T-pose, body axes.
        faces: triangles with outward winding.
        part_of_face: index into `PARTS` of each face.

    Returns:
        uv in [0, 1], u right and v down, and the three uv of each face.
    """
    pieces: list[tuple[np.ndarray, np.ndarray]] = []  # faces of a chart, and their flat corners, about metres
    for part, name in enumerate(PARTS):
        along, outward = HALVES[name.rpartition("_")[2]]
        of_part = np.flatnonzero(part_of_face == part)
        front = _front(vertices_m, faces[of_part], outward)
        for sign, half in ((1.0, of_part[front]), (-1.0, of_part[~front])):
            if len(half):
                flat = _flatten(vertices_m[faces[half]], along, sign * outward) * (HEAD_SCALE if name == "head" else 1)
                height = (vertices_m[faces[half]] @ (sign * outward)).mean(1)
                pieces += [(half[rows], flat[rows]) for rows in _without_overlaps(flat, faces[half], height)]
    corners = _pack([flat for _, flat in pieces])
    uv, uv_faces, first = [], np.zeros_like(faces), 0
    for (rows, _), placed in zip(pieces, corners, strict=True):
        own, index, where = np.unique(faces[rows], return_index=True, return_inverse=True)
        uv.append(placed.reshape(-1, 2)[index])
        uv_faces[rows] = where.reshape(-1, 3) + first
        first += len(own)
    return np.concatenate(uv), uv_faces


def _front(vertices_m: np.ndarray, faces: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """Which faces have normals along a direction."""
    a, b, c = vertices_m[faces].transpose(1, 0, 2)
    return np.cross(b - a, c - a) @ outward > 0


def _shared_edges(faces: np.ndarray) -> coo_matrix:
    """Which faces touch along an edge, each face itself included."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, edge = np.unique(edges, axis=0, return_inverse=True)
    face = np.tile(np.arange(len(faces)), 3)
    member = coo_matrix((np.ones(len(face)), (face, edge.ravel())), (len(faces), int(edge.max()) + 1)).tocsr()
    return (member @ member.T).tocoo()


def _flatten(corners_m: np.ndarray, along: np.ndarray, toward: np.ndarray) -> np.ndarray:
    """Project on the plane across `toward`, and stretch each level as if it were half a round: metres, v down.

    The stretch moves points sideways only and keeps their order, so that it makes no overlap.
    """
    points = corners_m.reshape(-1, 3)
    across, level = points @ np.cross(along, toward), points @ along
    heights = np.linspace(level.min(), level.max(), LEVELS)
    reach = 1.5 * (heights[1] - heights[0])
    near = np.abs(level - heights[:, None]) <= reach
    most = np.where(near, across, -np.inf).max(1)
    least = np.where(near, across, np.inf).min(1)
    empty = ~near.any(1)
    most[empty], least[empty] = across.max(), across.min()
    high, low = np.interp(level, heights, most), np.interp(level, heights, least)
    middle, half = (high + low) / 2, np.maximum((high - low) / 2, 1e-4)
    turned = np.clip((across - middle) / half, -1, 1) * ROUNDEST
    # Beyond the measured width the order is kept by the plain distance that is left over.
    beyond = across - middle - np.clip(across - middle, -half, half)
    stretched = middle + half * np.arcsin(turned) + beyond
    return np.stack([stretched, -level], 1).reshape(-1, 3, 2)


def _without_overlaps(flat: np.ndarray, faces: np.ndarray, height: np.ndarray) -> list[np.ndarray]:
    """Deal faces into layers in which no two overlap, the outermost first, and layers into connected pieces."""
    conflicts = _overlapping(flat)
    layer = np.full(len(flat), -1)
    for face in np.argsort(-height, kind="stable"):
        taken = set(layer[conflicts[face]])
        layer[face] = next(index for index in itertools.count() if index not in taken)
    touching = _shared_edges(faces)
    same = layer[touching.row] == layer[touching.col]
    graph = coo_matrix((np.ones(same.sum()), (touching.row[same], touching.col[same])), touching.shape)
    count, piece = connected_components(graph, directed=False)
    return [np.flatnonzero(piece == index) for index in range(count)]


def _overlapping(flat: np.ndarray) -> list[np.ndarray]:
    """For each triangle of the plane those that overlap it (separating axes; touching is no overlap)."""
    slack = 1e-7
    low, high = flat.min(1), flat.max(1)
    boxes = (low[:, None] < high[None] - slack).all(2)
    first, second = np.nonzero(np.triu(boxes & boxes.T, 1))
    apart = np.zeros(len(first), bool)
    for owner in (first, second):
        edges = np.roll(flat[owner], -1, axis=1) - flat[owner]
        normals = np.stack([-edges[..., 1], edges[..., 0]], 2)
        normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
        one, other = normals @ flat[first].transpose(0, 2, 1), normals @ flat[second].transpose(0, 2, 1)
        gap = np.maximum(one.min(2) - other.max(2), other.min(2) - one.max(2))
        apart |= (gap > -slack).any(1)
    pairs = np.stack([first[~apart], second[~apart]], 1)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    return np.split(pairs[:, 1], np.searchsorted(pairs[:, 0], np.arange(1, len(flat))))


def _pack(charts: list[np.ndarray]) -> list[np.ndarray]:
    """Set charts on shelves in [0, 1], all at the same scale, the largest that fits, with gutters between them."""
    sizes = np.array([np.ptp(chart.reshape(-1, 2), axis=0) for chart in charts])
    order = np.argsort(-sizes[:, 1], kind="stable")
    small, large = 0.0, 1 / math.sqrt(sizes.prod(1).sum())  # scales, 1 per metre: the whole atlas filled is too large
    for _ in range(30):
        scale = (small + large) / 2
        small, large = (scale, large) if _shelves(sizes * scale, order) is not None else (small, scale)
    corners = _shelves(sizes * small, order)
    if corners is None:
        raise ValueError(f"expected a surface of a few hundred charts, got {len(charts)}; smooth or close the mesh")
    return [
        (chart - chart.reshape(-1, 2).min(0)) * small + corner for chart, corner in zip(charts, corners, strict=True)
    ]


def _shelves(sizes: np.ndarray, order: np.ndarray) -> np.ndarray | None:
    """Top left corners in rows of falling height; None where they do not fit in [0, 1]."""
    corners = np.zeros_like(sizes)
    right, top, bottom = GUTTER, GUTTER, GUTTER
    for chart in order:
        width, height = sizes[chart]
        if right + width + GUTTER > 1:
            right, top = GUTTER, bottom
        if right + width + GUTTER > 1 or top + height + GUTTER > 1:
            return None
        corners[chart] = right, top
        right, bottom = right + width + GUTTER, max(bottom, top + height + GUTTER)
    return corners
