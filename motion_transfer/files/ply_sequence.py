"""A character in motion as a folder of binary .ply files, one a frame."""

import re
from collections.abc import Container
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.replacing import replacing

CORNERS = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
VERTEX = np.dtype([("position", "<f4", 3), ("rgb", "u1", 3)])


class PlySequence:
    """Writes `frame_00000.ply` and so on, used with `with`.

    PLY files hold no texture: vertices get the texture's colour where they are.
    """

    def __init__(self, path: Path, character: CharacterMesh) -> None:
        self._path, self._character = path, character
        self._rgb = vertex_colours(character)
        self._faces = np.zeros(len(character.faces), CORNERS)
        self._faces["count"], self._faces["corners"] = 3, character.faces.numpy()
        self._count, self._stack = 0, ExitStack()

    def __enter__(self) -> "PlySequence":
        self._folder = self._stack.enter_context(replacing(self._path))
        self._folder.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, surface_m: Float[Tensor, "frame surface_vertex 3"]) -> None:
        """Append frames."""
        for positions in self._character.split(surface_m).numpy():
            vertices = np.zeros(len(positions), VERTEX)
            vertices["position"], vertices["rgb"] = positions, self._rgb
            name = ply_name(self._count)
            header = _header(len(vertices), len(self._faces))
            (self._folder / name).write_bytes(header + vertices.tobytes() + self._faces.tobytes())
            self._count += 1


def ply_name(frame: int) -> str:
    """The name of a frame's file."""
    return f"frame_{frame:05d}.ply"


class PlyNames(Container[str]):
    """The names of all files of a sequence; they are not listed, for there may be a million."""

    def __init__(self, frames: int) -> None:
        self._frames = frames

    def __contains__(self, name: object) -> bool:
        number = re.search("[0-9]+", str(name))
        return number is not None and int(number[0]) < self._frames and name == ply_name(int(number[0]))


def vertex_colours(character: CharacterMesh) -> UInt8[np.ndarray, "vertex 3"]:
    """The colour of each of the file's vertices, taken from the texture where there is one."""
    if character.uv is None or character.texture is None:
        return character.vertex_rgb
    height, width = character.texture.shape[:2]
    columns = np.clip((character.uv[:, 0] % 1.0 * width).astype(np.int64), 0, width - 1)
    rows = np.clip((character.uv[:, 1] % 1.0 * height).astype(np.int64), 0, height - 1)
    return character.texture[rows, columns]


def _header(vertices: int, faces: int) -> bytes:
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    colours = "".join(f"property uchar {colour}\n" for colour in ("red", "green", "blue"))
    return (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {vertices}\n{axes}{colours}"
        f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode("ascii")
