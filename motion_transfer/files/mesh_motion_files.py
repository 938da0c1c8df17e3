"""A character in motion -> a file of its own: animated .glb, .usdc with time samples, or a folder of .ply files."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from motion_transfer.files.animated_glb import AnimatedGlb
from motion_transfer.files.animated_usd import AnimatedUsd
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.optional_packages import check_installed
from motion_transfer.files.paths import check_replaceable
from motion_transfer.files.ply_sequence import PlyNames, PlySequence
from motion_transfer.files.video_writer import check_writable

SUFFIXES = (".glb", ".usdc")


@runtime_checkable
class MeshMotionWriter(Protocol):
    """Takes the surface of a character, some frames at a time; what it writes appears when it is complete."""

    def __enter__(self) -> "MeshMotionWriter": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, surface_m: Float[Tensor, "frame surface_vertex 3"]) -> None:
        """Append frames."""
        ...


def check_animation_path(path: Path, frames: int) -> None:
    """Fail now rather than after the work if an animation cannot be written at a path.

    Raises:
        ValueError: the suffix is unknown, or what it needs is not installed, or a folder holds other things.
        OSError: the place cannot be written to.
    """
    suffix = path.suffix.lower()
    if suffix == "":
        check_replaceable(path, PlyNames(frames))
    elif suffix not in SUFFIXES:
        raise ValueError(
            f"expected an output that ends in {', '.join(SUFFIXES)}, or a folder for .ply files, got {path}; choose one"
        )
    else:
        check_writable(path, suffix=suffix)
    if suffix == ".usdc":
        check_installed("pxr", "usd-core", ".usdc files", "characters")


def open_animation(path: Path, character: CharacterMesh, fps: Fraction, frames: int) -> MeshMotionWriter:
    """A writer of the format that the path names, used with `with`."""
    suffix = path.suffix.lower()
    if suffix == "":
        return PlySequence(path, character)
    if suffix == ".usdc":
        return AnimatedUsd(path, character, fps)
    return AnimatedGlb(path, character, fps, frames)
