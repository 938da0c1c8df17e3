"""Another tessellation of a surface: edges collapsed in a random order, so that vertices are some of the old ones."""

import numpy as np
from jaxtyping import Int

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import area_vectors

STEEPEST = 0.5  # cosine of the largest turn of a triangle's normal in one collapse


def collapse_edges(mesh: TriangleMesh, vertices: int, *, seed: int) -> tuple[TriangleMesh, Int[np.ndarray, "kept"]]:
    """Merge random vertices with a neighbour until so many are left, or no edge can go.

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
    for vertex in generator.permutation(left).tolist():
        if left <= vertices:
            break
        neighbours = {other for face in around[vertex] for other in corners[face] or ()} - {vertex}
        if len(around[vertex]) != len(neighbours):
            continue  # at a border
        near = min(neighbours, key=lambda other: np.linalg.norm(mesh.vertices_m[other] - mesh.vertices_m[vertex]))
        if _collapses(mesh, corners, around, vertex, near, neighbours):
            left -= 1
    faces = np.array([face for face in corners if face is not None], np.int64)
    kept, renumbered = np.unique(faces, return_inverse=True)
    return TriangleMesh(vertices_m=mesh.vertices_m[kept], faces=renumbered.reshape(-1, 3).astype(np.int64)), kept


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
