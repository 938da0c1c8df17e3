"""Deformation transfer against the formula of the paper, and what it promises."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, identity
from scipy.spatial.transform import Rotation
from small_meshes import ball, bent

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import inverse_frames, solid_areas, transposed_gradients
from motion_transfer.retargeting.deformation.gradient_transfer import GradientTransfer

EXACT = 1e-9


def gradients(rest: np.ndarray, moved: np.ndarray, faces: np.ndarray) -> np.ndarray:
    return transposed_gradients(inverse_frames(rest, faces), moved, faces)


def moving(rest: np.ndarray, frames: int = 2) -> np.ndarray:
    return np.ascontiguousarray(bent(rest, frames).numpy().transpose(1, 2, 0))


def pinned(rest: np.ndarray, faces: np.ndarray, follows: csr_matrix | None = None, **options: str) -> GradientTransfer:
    follows = identity(len(faces), format="csr") if follows is None else follows
    mesh = TriangleMesh(vertices_m=rest, faces=faces)
    return GradientTransfer(mesh, follows, np.array([0]), np.array([1.0]), solver=options.get("solver", "scipy"))


def as_in_the_paper(rest: np.ndarray, faces: np.ndarray, wanted: np.ndarray, pin: np.ndarray) -> np.ndarray:
    """Least squares over vertices and a fourth vertex of each triangle (eq. 3-5), triangles weighted by area; dense."""
    count = len(rest)
    rows, right = [], []
    for j, (a, b, c) in enumerate(faces):
        e1, e2 = rest[b] - rest[a], rest[c] - rest[a]
        across = np.cross(e1, e2)
        area = np.linalg.norm(across) / 2
        inverse = np.linalg.inv(np.stack([e1, e2, across / np.sqrt(np.linalg.norm(across))], 1))
        for k in range(3):  # column k of T = [b - a, c - a, d - a] V^-1
            row = np.zeros(count + len(faces))
            for vertex, weight in zip((b, c, count + j), inverse[:, k], strict=True):
                row[vertex] += weight
                row[a] -= weight
            rows.append(np.sqrt(area) * row)
            right.append(np.sqrt(area) * wanted[j, :, k])
    rows.append(np.eye(count + len(faces))[0])
    right.append(pin)
    return np.linalg.lstsq(np.stack(rows), np.stack(right), rcond=None)[0][:count]


@pytest.mark.slow
def test_the_solution_is_that_of_the_papers_system_with_fourth_vertices() -> None:
    rest, faces = ball(1)
    wanted = np.random.default_rng(0).normal(size=(len(faces), 3, 3)) * 0.3 + np.eye(3)
    pin = np.array([0.1, 0.2, 0.3])
    found = pinned(rest, faces)(wanted.transpose(0, 2, 1)[..., None], pin[None, :, None])[..., 0]
    np.testing.assert_allclose(found, as_in_the_paper(rest, faces, wanted, pin), atol=EXACT)


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["scipy", "cholespy"])
def test_identity_transfer_reproduces_the_source(solver: str) -> None:
    if solver == "cholespy":
        pytest.importorskip("cholespy")
    rest, faces = ball()
    moved = moving(rest, 3)
    found = pinned(rest, faces, solver=solver)(gradients(rest, moved, faces), moved[:1])
    np.testing.assert_allclose(found, moved, atol=EXACT)


def test_a_rigid_motion_of_the_source_is_transferred_exactly_to_another_mesh() -> None:
    source, faces = ball(1)
    target, target_faces = ball(2)
    target = target * [1, 1.5, 0.7]
    turn, shift = Rotation.from_rotvec([0.4, -1.2, 0.7]).as_matrix(), np.array([0.5, 1.0, -2.0])
    moved = (source @ turn.T + shift)[..., None]
    nearest = np.linalg.norm(target[target_faces].mean(1)[:, None] - source[faces].mean(1), axis=2).argmin(1)
    follows = csr_matrix((np.ones(len(nearest)), (np.arange(len(nearest)), nearest)), (len(nearest), len(faces)))
    anchor = (target[:1] @ turn.T + shift)[..., None]
    found = pinned(target, target_faces, follows)(gradients(source, moved, faces), anchor)[..., 0]
    np.testing.assert_allclose(found, target @ turn.T + shift, atol=EXACT)


def test_where_the_target_rests_does_not_matter() -> None:
    rest, faces = ball()
    moved = moving(rest)
    found = [
        pinned(rest * [1, 2, 1] + shift, faces)(gradients(rest, moved, faces), moved[:1])
        for shift in (0.0, np.array([3.0, -1.0, 2.0]))
    ]
    np.testing.assert_allclose(found[0], found[1], atol=EXACT)


def test_flat_triangles_follow_their_neighbours() -> None:
    rest, faces = ball()
    first, second = faces[0, :2]
    corner = len(rest)
    rest = np.concatenate([rest, (rest[[first]] + rest[[second]]) / 2])  # on the edge, so that one triangle is flat
    third = faces[0, 2]
    split = np.array([[first, corner, third], [corner, second, third], [first, second, corner]])
    faces = np.concatenate([faces[1:], split])
    assert (solid_areas(rest, faces) == 0).sum() == 1
    moved = moving(rest)
    found = pinned(rest, faces)(gradients(rest, moved, faces), moved[:1])
    np.testing.assert_allclose(found, moved, atol=EXACT)


def test_each_connected_piece_needs_an_anchor() -> None:
    rest, faces = ball(1)
    two, both = np.concatenate([rest, rest + 2]), np.concatenate([faces, faces + len(rest)])
    with pytest.raises(ValueError, match="expected an anchor in each of the 2 connected pieces of the mesh, got none"):
        pinned(two, both)


def test_a_solver_that_does_not_exist_is_refused() -> None:
    rest, faces = ball(1)
    with pytest.raises(ValueError, match="expected a solver out of auto, scipy, cholespy, got 'qr'"):
        pinned(rest, faces, solver="qr")
