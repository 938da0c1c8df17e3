"""Deforming shapes of one topology, checked: one closed or open piece, without edges of three triangles."""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.transform import Rotation

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.geometry.deformation_gradients import solid_areas
from motion_transfer.geometry.pieces import pieces

LEAST_SHAPES = 2


@value
class ShapeCollection:
    """Shapes of one topology; the first is the reference that all others are deformations of.

    Raises:
        ValueError: there is one shape only, a vertex is no number, or the triangles are no surface of one piece.
    """

    name: str
    vertices_m: Float[np.ndarray, "shape vertex 3"]
    faces: Int[np.ndarray, "face 3"]

    def __post_init__(self) -> None:
        if len(self.vertices_m) < LEAST_SHAPES:
            raise ValueError(
                f"expected {LEAST_SHAPES} meshes or more in {self.name}, got {len(self.vertices_m)}; add shapes"
            )
        broken = np.flatnonzero(~np.isfinite(self.vertices_m).all((1, 2)))
        if len(broken):
            raise ValueError(
                f"expected finite vertices in {self.name}, got some that are no numbers in shape {broken[0]}; repair it"
            )
        check_surface(self.name, self.reference)

    def __len__(self) -> int:
        return len(self.vertices_m)

    @property
    def reference(self) -> TriangleMesh:
        """The first shape."""
        return TriangleMesh(vertices_m=self.vertices_m[0], faces=self.faces)

    @property
    def height_m(self) -> float:
        """How tall the reference is."""
        return float(np.ptp(self.vertices_m[0, :, 1]))


def check_surface(name: str, mesh: TriangleMesh) -> None:
    """Raise ValueError for edges of three triangles or more, several pieces, loose vertices or flat triangles."""
    edges = np.sort(np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]), axis=1)
    shared, counts = np.unique(edges, axis=0, return_counts=True)
    if counts.max() > 2:
        first, second = shared[counts.argmax()]
        raise ValueError(
            f"expected edges of at most two triangles in {name}, got {counts.max()} at vertices {first} and {second}; "
            "repair the non-manifold edges"
        )
    found = int(pieces(len(mesh.vertices_m), mesh.faces).max()) + 1
    if found > 1:
        raise ValueError(f"expected meshes of one connected piece in {name}, got {found} pieces; keep one of them")
    flat = int((solid_areas(mesh.vertices_m, mesh.faces) == 0).sum())
    if flat:
        raise ValueError(f"expected triangles with an area in {name}, got {flat} flat ones; remesh it")


@value
class RigidPlacement:
    """How each shape lies in the world: world = rotation @ aligned + position."""

    rotation: Float[np.ndarray, "shape 3 3"]
    position_m: Float[np.ndarray, "shape 3"]

    def apply(self, aligned_m: Float[np.ndarray, "shape vertex 3"]) -> Float[np.ndarray, "shape vertex 3"]:
        """Put aligned shapes where they belong."""
        return aligned_m @ self.rotation.swapaxes(1, 2) + self.position_m[:, None]


def align(
    vertices_m: Float[np.ndarray, "shape vertex 3"], reference_m: Float[np.ndarray, "vertex 3"]
) -> tuple[Float[np.ndarray, "shape vertex 3"], RigidPlacement]:
    """Turn shapes about the vertical, and move them, onto a reference by least squares, so that headings do not count.

    The angle maximizes sum_v (x_v cos a + ...), closed form of the Procrustes problem in the ground plane.
    """
    centred_m = vertices_m - vertices_m.mean(1, keepdims=True)
    fixed_m = reference_m - reference_m.mean(0)
    along = np.einsum("fva,va->f", centred_m[..., [0, 2]], fixed_m[:, [0, 2]])
    across = np.einsum("fv,v->f", centred_m[..., 0], fixed_m[:, 2]) - np.einsum(
        "fv,v->f", centred_m[..., 2], fixed_m[:, 0]
    )
    heading = np.arctan2(across, along)  # of the shapes against the reference, about y
    rotation = Rotation.from_rotvec(heading[:, None] * np.array([0.0, 1.0, 0.0])).as_matrix()
    placement = RigidPlacement(rotation=rotation, position_m=vertices_m.mean(1))
    return centred_m @ rotation, placement
