"""Closed meshes with known deformations, small enough for a dense second derivation."""

from fractions import Fraction

import numpy as np
import torch
import trimesh
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.mesh_motion import ALL_FRAMES


def ball(subdivisions: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """An ellipsoid that no rotation maps onto itself, about 1 m high: vertices and faces."""
    sphere = trimesh.creation.icosphere(subdivisions)
    return np.asarray(sphere.vertices) * [0.3, 0.5, 0.2], np.asarray(sphere.faces, np.int64)


def bent(vertices_m: np.ndarray, frames: int) -> Float[Tensor, "frame vertex 3"]:
    """A mesh that bends and swells more from frame to frame."""
    moved = []
    for amount in np.linspace(0.1, 0.9, frames):
        angle = amount * vertices_m[:, 1]
        x, y, z = vertices_m.T * (1 + 0.3 * amount * np.sin(5 * vertices_m[:, 0]))
        moved.append(np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle), z], 1))
    return torch.tensor(np.stack(moved))


class KnownMotion:
    """A mesh motion whose frames are all in memory."""

    fps = Fraction(25)

    def __init__(self, vertices_m: Float[Tensor, "frame vertex 3"], faces: np.ndarray) -> None:
        self._vertices_m, self._faces = vertices_m, torch.tensor(faces)

    @property
    def faces(self) -> Int[Tensor, "face 3"]:
        return self._faces

    def __len__(self) -> int:
        return len(self._vertices_m)

    def vertices_m(self, frames: slice = ALL_FRAMES) -> Float[Tensor, "frame vertex 3"]:
        return self._vertices_m[frames]
