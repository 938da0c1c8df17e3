"""Small deforming shapes out of nothing: a tube that is twisted and bent."""

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from motion_transfer.domain.triangle_mesh import TriangleMesh


def closed_tube(rings: int = 16, around: int = 7, radius_m: float = 0.15, length_m: float = 1.6) -> TriangleMesh:
    """A tube along y whose ends are closed by a point each; every vertex a little off, as no mesh is regular."""
    angles, heights = np.arange(around) * 2 * np.pi / around, np.linspace(0.05, length_m - 0.05, rings)
    ring = radius_m * np.stack([np.cos(angles), 0 * angles, np.sin(angles)], 1)
    points = (ring + heights[:, None, None] * np.array([0, 1, 0])).reshape(-1, 3)
    points += np.random.default_rng(0).normal(0, 0.1 * radius_m, points.shape)
    faces = []
    for row in range(rings - 1):
        for one in range(around):
            a, b = row * around + one, row * around + (one + 1) % around
            faces += [[a, a + around, b], [b, a + around, b + around]]
    low, high, last = len(points), len(points) + 1, (rings - 1) * around
    for one in range(around):
        other = (one + 1) % around
        faces += [[low, one, other], [high, last + other, last + one]]
    ends = np.array([[0, 0, 0], [0, length_m, 0]], float)
    return TriangleMesh(vertices_m=np.concatenate([points, ends]), faces=np.array(faces, np.int64))


def twisted(mesh: TriangleMesh, turn_rad: float, bend_rad: float = 0.0) -> Float[np.ndarray, "vertex 3"]:
    """The tube turned about y by an angle that grows along it, and bent about z likewise."""
    share = mesh.vertices_m[:, 1] / np.ptp(mesh.vertices_m[:, 1])
    found = Rotation.from_rotvec(turn_rad * share[:, None] * np.array([0.0, 1.0, 0.0])).apply(mesh.vertices_m)
    if bend_rad:
        radius = np.ptp(mesh.vertices_m[:, 1]) / bend_rad
        angle = bend_rad * share
        across = radius + found[:, 0]
        found = np.stack([across * np.cos(angle) - radius, across * np.sin(angle), found[:, 2]], 1)
    return found


def tube_shapes(mesh: TriangleMesh, count: int, seed: int) -> Float[np.ndarray, "shape vertex 3"]:
    """Tubes twisted and bent at random; the first is at rest."""
    generator = np.random.default_rng(seed)
    drawn = [twisted(mesh, *generator.uniform([-1.5, 0.1], [1.5, 1.5])) for _ in range(count - 1)]
    return np.stack([mesh.vertices_m, *drawn])
