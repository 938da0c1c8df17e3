"""A target mesh that is deformed as a source moves, frame by frame as it is asked for."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.mesh_motion import ALL_FRAMES, MeshMotion
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.deformation_gradients import (
    Moving,
    Vertices,
    area_vectors,
    inverse_frames,
    transposed_gradients,
)
from motion_transfer.retargeting.deformation.correspondence import Correspondence
from motion_transfer.retargeting.deformation.gradient_transfer import GradientTransfer

AT_ONCE = 8  # frames: what is computed with then fits into the caches of a processor


class DeformedMesh:
    """A mesh motion: the target's vertices for every frame of the source.

    Every target vertex is anchored where the source's surface carries it: the point that it corresponds to, and from
    there its offset at rest, turned by the deformation gradients around. How much that counts, `transfer` knows.

    Args:
        source: what moves.
        reference: the source in the shape and pose of the target at rest.
        rest: the target at rest.
    """

    def __init__(
        self,
        source: MeshMotion,
        reference: TriangleMesh,
        rest: TriangleMesh,
        correspondence: Correspondence,
        transfer: GradientTransfer,
    ) -> None:
        self._source, self._source_faces = source, reference.faces
        self._inverses = inverse_frames(reference.vertices_m, reference.faces)
        self.rest = rest
        self._correspondence, self._transfer = correspondence, transfer
        self._offsets_m = rest.vertices_m - correspondence.at.on(reference)

    @property
    def faces(self) -> Int[Tensor, "face 3"]:
        """The target's triangles."""
        return torch.from_numpy(self.rest.faces)

    def __len__(self) -> int:
        return len(self._source)

    def vertices_m(self, frames: slice = ALL_FRAMES) -> Float[Tensor, "frame vertex 3"]:
        """The target's vertices in some frames."""
        solved = [self._solved(gradients, source) for gradients, source in self._moving(frames)]
        return torch.from_numpy(np.concatenate(solved, 2).transpose(2, 0, 1)).float()

    def flipped_faces(self, frames: slice = ALL_FRAMES) -> Int[np.ndarray, "frame"]:
        """How many triangles are turned against the way that the source turns them, in each of some frames."""
        counts = []
        for gradients, source in self._moving(frames):
            wanted = self._transfer.followed(gradients)
            solved = self._solved(gradients, source)
            for frame in range(solved.shape[2]):
                counts.append(count_flipped(wanted[..., frame], self.rest, solved[..., frame]))
        return np.array(counts)

    def _moving(self, frames: slice) -> Iterator[tuple[Float[np.ndarray, "face 3 3 some"], Moving]]:
        """S^T and the vertices of the source, some frames at a time."""
        chosen = range(len(self))[frames]
        for first in range(chosen.start, chosen.stop, AT_ONCE):
            part = slice(first, min(first + AT_ONCE, chosen.stop))
            vertices = self._source.vertices_m(part).double().cpu().numpy().transpose(1, 2, 0)
            moving = np.ascontiguousarray(vertices)
            yield transposed_gradients(self._inverses, moving, self._source_faces), moving

    def _solved(
        self, gradients: Float[np.ndarray, "face 3 3 frame"], source_m: Moving
    ) -> Float[np.ndarray, "target_vertex 3 frame"]:
        at, frames = self._correspondence.at, source_m.shape[2]
        corners = source_m[self._source_faces[at.face]]
        carried = np.einsum("vc,vcrf->vrf", at.barycentric, corners)
        around = (self._correspondence.vertex_follows @ gradients.reshape(len(gradients), -1)).reshape(-1, 3, 3, frames)
        carried += np.einsum("vcrf,vc->vrf", around, self._offsets_m)
        return self._transfer(gradients, carried)


def count_flipped(transposed_gradients: Float[np.ndarray, "face 3 3"], rest: TriangleMesh, deformed_m: Vertices) -> int:
    """How many triangles face away from where their gradients S turn them: a normal n becomes det(S) S^-T n.

    Args:
        transposed_gradients: S^T of each triangle.
    """
    a, b, c = transposed_gradients.swapaxes(0, 1)  # the columns of S
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], 2)  # det(S) S^-T
    expected = np.einsum("jrc,jc->jr", cofactors, area_vectors(rest.vertices_m, rest.faces))
    found = area_vectors(deformed_m, rest.faces)
    return int((np.einsum("jr,jr->j", expected, found) < 0).sum())
