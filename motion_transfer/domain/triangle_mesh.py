"""A triangle mesh as geometry alone, in double precision."""

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.domain.value import value


@value
class TriangleMesh:
    """Triangles in metres, each vertex once.

    Attributes:
        faces: the vertices of each face, counter-clockwise seen from outside.
    """

    vertices_m: Float[np.ndarray, "vertex 3"]
    faces: Int[np.ndarray, "face 3"]

    @property
    def size_m(self) -> float:
        """The diagonal of the box around it."""
        return float(np.linalg.norm(np.ptp(self.vertices_m, axis=0)))

    def at(self, vertices_m: Float[np.ndarray, "vertex 3"]) -> "TriangleMesh":
        """The same triangles with their vertices elsewhere."""
        return TriangleMesh(vertices_m=vertices_m, faces=self.faces)
