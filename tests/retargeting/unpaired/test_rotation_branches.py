"""Rotation vectors that agree over a mesh."""

import itertools

import numpy as np
import pytest
from drawn_shapes import closed_tube
from scipy.spatial.transform import Rotation

from motion_transfer.retargeting.unpaired.acap import cotangent_edges
from motion_transfer.retargeting.unpaired.rotation_branches import TURN, RotationBranches


def octahedron_edges() -> np.ndarray:
    opposite = {(0, 1), (2, 3), (4, 5)}
    edges = np.array([pair for pair in itertools.combinations(range(6), 2) if pair not in opposite])
    return np.concatenate([edges, edges[:, ::-1]])


def brute_force(edges: np.ndarray, vectors: np.ndarray, root: int) -> float:
    """The least energy over all whole numbers from -1 to 1 of all vertices but the root."""
    angles = np.linalg.norm(vectors, axis=1)
    axes = vectors / angles[:, None]
    best = np.inf
    for turns in itertools.product((-1, 0, 1), repeat=len(vectors) - 1):
        whole = np.insert(np.array(turns), root, 0)
        chosen = (angles + TURN * whole)[:, None] * axes
        best = min(best, np.square(chosen[edges[:, 0]] - chosen[edges[:, 1]]).sum() / 2)
    return best


@pytest.mark.parametrize("spread", [0.3, 0.8])
def test_branches_have_the_least_energy_of_all(spread: float) -> None:
    edges, root = octahedron_edges(), 2
    branches = RotationBranches(edges, root)
    generator = np.random.default_rng(1)
    for _ in range(6):
        turning = generator.normal(size=3)
        turning *= generator.uniform(2, 3.6) / np.linalg.norm(turning)
        smooth = turning + generator.normal(0, spread, (6, 3))  # around half a turn: principal angles jump
        principal = Rotation.from_rotvec(smooth).as_rotvec()
        found = branches(principal[None])
        assert branches.energy(found)[0] == pytest.approx(brute_force(edges, principal, root), rel=1e-9)


def test_a_twist_beyond_half_a_turn_is_a_smooth_ramp() -> None:
    mesh = closed_tube(30)
    start, stop, _ = cotangent_edges(mesh)
    ramp = 5.5 * mesh.vertices_m[:, 1] / np.ptp(mesh.vertices_m[:, 1])
    vectors = ramp[:, None] * np.array([0.0, 1.0, 0.0])
    root = int(np.abs(ramp - 2.75).argmin())
    found = RotationBranches(np.stack([start, stop], 1), root)(Rotation.from_rotvec(vectors).as_rotvec()[None])[0]
    np.testing.assert_allclose(found, vectors, atol=1e-9)


def test_a_wrong_tree_is_mended_by_the_relaxation() -> None:
    edges, root = octahedron_edges(), 0
    branches = RotationBranches(edges, root)
    smooth = np.array([2.9, 3.0, 0.1]) + np.random.default_rng(3).normal(0, 0.4, (6, 3))
    principal = Rotation.from_rotvec(smooth).as_rotvec()
    wrong = principal.copy()
    angle = np.linalg.norm(wrong[3])
    wrong[3] *= (angle + TURN) / angle
    axes = principal / np.linalg.norm(principal, axis=1, keepdims=True)
    mended = branches._improved(wrong, axes)
    assert branches.energy(mended[None])[0] <= branches.energy(wrong[None])[0] - 1
    np.testing.assert_allclose(
        Rotation.from_rotvec(mended).as_matrix(), Rotation.from_rotvec(principal).as_matrix(), atol=1e-9
    )
