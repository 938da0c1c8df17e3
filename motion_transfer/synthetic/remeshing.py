"""Another tessellation of a surface: edges collapsed in a random order, so that vertices are some of the old ones."""

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import area_vectors
from motion_transfer.geometry.pieces import pieces

ROUNDS = 30  # of collapses, from short edges to long ones
STEEPEST = 0.5  # cosine of the largest turn of a triangle's normal in one collapse


def collapse_edges(
    mesh: TriangleMesh, vertices: int, *, seed: int, finest_first: bool = False
) -> tuple[TriangleMesh, Int[np.ndarray, "kept"]]:
    """Merge random vertices with a neighbour until so many are left, or no edge can go.

    Args:
        finest_first: begins where edges are short, such as at fingers, so that triangles become alike in size.

    Returns:
        the mesh, and which of the old vertices its vertices are.
    """
    generator = np.random.default_rng(seed)
    corners: list[list[int] | None] = [list(face) for face in mesh.faces.tolist()]
    around: list[set[int]] = [set() for _ in mesh.vertices_m]
    for index, face in enumerate(mesh.faces.tolist()):
        for vertex in face:
            around[vertex].add(index)
    left = len(mesh.vertices_m)
    for longest_m in _limits(mesh) if finest_first else (np.inf,):
        for vertex in generator.permutation(len(mesh.vertices_m)).tolist():
            if left <= vertices:
                break
            neighbours = {other for face in around[vertex] for other in corners[face] or ()} - {vertex}
            if not neighbours or len(around[vertex]) != len(neighbours):
                continue  # merged already, or at a border
            lengths = {other: np.linalg.norm(mesh.vertices_m[other] - mesh.vertices_m[vertex]) for other in neighbours}
            near = min(neighbours, key=lengths.__getitem__)
            if lengths[near] < longest_m and _collapses(mesh, corners, around, vertex, near, neighbours):
                left -= 1
    faces = np.array([face for face in corners if face is not None], np.int64)
    kept, renumbered = np.unique(faces, return_inverse=True)
    return TriangleMesh(vertices_m=mesh.vertices_m[kept], faces=renumbered.reshape(-1, 3).astype(np.int64)), kept


def thinned(mesh: TriangleMesh, vertices: int) -> tuple[TriangleMesh, Int[np.ndarray, "kept"]]:
    """The largest piece of a mesh with its edges collapsed, and which of the mesh's vertices are left."""
    piece = pieces(len(mesh.vertices_m), mesh.faces)
    largest = np.bincount(piece).argmax()
    used, corners = np.unique(mesh.faces[piece[mesh.faces[:, 0]] == largest], return_inverse=True)
    part = TriangleMesh(vertices_m=mesh.vertices_m[used], faces=corners.reshape(-1, 3).astype(np.int64))
    found, kept = collapse_edges(part, vertices, seed=0, finest_first=True)
    return found, used[kept]


def _limits(mesh: TriangleMesh) -> Float[np.ndarray, "round"]:
    """Lengths up to which edges are collapsed, round by round, from the shortest to the mesh's size."""
    edges = mesh.vertices_m[mesh.faces] - np.roll(mesh.vertices_m[mesh.faces], 1, 1)
    shortest = max(float(np.linalg.norm(edges, axis=-1).min()), 1e-4 * mesh.size_m)
    return np.geomspace(shortest, mesh.size_m, ROUNDS)


def _collapses(
    mesh: TriangleMesh,
    corners: list[list[int] | None],
    around: list[set[int]],
    vertex: int,
    near: int,
    neighbours: set[int],
) -> bool:
    """Merge a vertex with a neighbour, unless that would pinch the surface or turn a triangle over."""
    shared = {other for face in around[near] for other in corners[face] or ()} & (neighbours - {near})
    if len(shared) != 2:
        return False
    staying = [face for face in around[vertex] if near not in (corners[face] or ())]
    before = np.array([corners[face] for face in staying], np.int64)
    after = np.where(before == vertex, near, before)
    old, new = (area_vectors(mesh.vertices_m, faces) for faces in (before, after))
    lengths = np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1)
    if not ((old * new).sum(1) > STEEPEST * lengths).all():
        return False
    for face in list(around[vertex]):
        if face in staying:
            corners[face] = [near if corner == vertex else corner for corner in corners[face] or ()]
            around[near].add(face)
            continue
        for corner in corners[face] or ():
            around[corner].discard(face)
        corners[face] = None
    around[vertex].clear()
    return True
