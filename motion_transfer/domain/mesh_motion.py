"""A mesh in motion: one list of faces, and vertices for every frame, computed when they are asked for."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor

ALL_FRAMES = slice(None)


@runtime_checkable
class MeshMotion(Protocol):
    """What drawing, contact sheets and export ask of something that moves: a posed body, or a deformed mesh."""

    @property
    def faces(self) -> Int[Tensor, "face 3"]:
        """Triangles with outward winding, the same in every frame."""
        ...

    def __len__(self) -> int:
        """How many frames there are."""
        ...

    def vertices_m(self, frames: slice = ALL_FRAMES) -> Float[Tensor, "frame vertex 3"]:
        """The vertices of some frames in the world."""
        ...


def in_chunks(motion: MeshMotion, size: int) -> Iterator[Float[Tensor, "frame vertex 3"]]:
    """The vertices of all frames, some frames at a time, so that memory does not grow with the length.

    Args:
        size: frames of a chunk; the last one may be shorter.

    Raises:
        ValueError: a chunk would hold no frame.
    """
    if size < 1:
        raise ValueError(f"expected chunks of one frame or more, got {size}; give a positive size")
    for first in range(0, len(motion), size):
        yield motion.vertices_m(slice(first, min(first + size, len(motion))))
