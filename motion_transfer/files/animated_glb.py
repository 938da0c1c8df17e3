"""A character in motion as one .glb file (glTF 2.0): a morph target for each frame, and an animation of their weights.

Linear interpolation of the weights between two frames is linear interpolation of the vertices. Positions and normals
are differences from the mesh at rest, which viewers show before the animation plays.
"""

import io
import json
import struct
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from motion_transfer.body.posing import vertex_normals
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.replacing import replacing

FLOAT, UINT, UBYTE = 5126, 5125, 5121  # component types of glTF
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
VERTICES_FOR, INDICES_FOR = 34962, 34963
LARGEST = 2**32 - 1  # bytes: the file holds its length in 32 bits
GENERATOR = "motion_transfer"


class AnimatedGlb:
    """Writes frames as morph targets, used with `with`; the file appears when it is complete.

    Raises:
        ValueError: the file would be larger than 4 GB, which the format cannot hold.
    """

    def __init__(self, path: Path, character: CharacterMesh, fps: Fraction, frames: int) -> None:
        bytes_needed = frames * (24 * len(character.surface_vertex) + 4 * frames)
        if bytes_needed > LARGEST:
            raise ValueError(
                f"expected an animation of at most 4 GB for .glb, got {bytes_needed / 1e9:.1f} GB; "
                "set a lower fps=, or name a .usdc file or a folder"
            )
        self._path, self._character, self._fps = path, character, fps
        self._views: list[dict[str, int]] = []
        self._accessors: list[dict[str, Any]] = []
        self._targets: list[dict[str, int]] = []
        self._stack, self._length = ExitStack(), 0

    def __enter__(self) -> "AnimatedGlb":
        self._file = self._stack.enter_context(replacing(self._path)).open("w+b")
        self._stack.callback(self._file.close)
        rest = torch.tensor(self._character.surface.vertices_m, dtype=torch.float32)
        self._rest = self._shown(rest)
        self._attributes = {"POSITION": self._add(self._rest[0], VERTICES_FOR, bounded=True)}
        self._attributes["NORMAL"] = self._add(self._rest[1], VERTICES_FOR)
        if self._character.uv is not None:
            self._attributes["TEXCOORD_0"] = self._add(self._character.uv.astype(np.float32), VERTICES_FOR)
        opaque = np.pad(self._character.vertex_rgb, ((0, 0), (0, 1)), constant_values=255)
        self._attributes["COLOR_0"] = self._add(opaque, VERTICES_FOR, normalized=True)
        self._indices = self._add(self._character.faces.numpy().astype(np.uint32).reshape(-1, 1), INDICES_FOR)
        return self

    def write(self, surface_m: Float[Tensor, "frame surface_vertex 3"]) -> None:
        """Append frames."""
        for one in surface_m:
            positions, normals = self._shown(one.float())
            self._targets.append(
                {
                    "POSITION": self._add(positions - self._rest[0], VERTICES_FOR, bounded=True),
                    "NORMAL": self._add(normals - self._rest[1], VERTICES_FOR),
                }
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if error is not None:
                self._stack.__exit__(kind, error, trace)
                return
            self._finish()

    def _shown(self, surface_m: Float[Tensor, "surface_vertex 3"]) -> tuple[np.ndarray, np.ndarray]:
        """Positions and normals of the file's vertices; normals are those of the unsplit surface."""
        faces = torch.from_numpy(self._character.surface.faces)
        normals = vertex_normals(surface_m, faces)
        return self._character.split(surface_m).numpy(), self._character.split(normals).numpy()

    def _add(
        self, values: np.ndarray, target: int | None = None, *, bounded: bool = False, normalized: bool = False
    ) -> int:
        """Append rows of numbers to the binary part; gives the number of their accessor."""
        kinds = {np.dtype(np.float32): FLOAT, np.dtype(np.uint32): UINT, np.dtype(np.uint8): UBYTE}
        accessor: dict[str, Any] = {
            "bufferView": self._append(np.ascontiguousarray(values).tobytes(), target),
            "componentType": kinds[values.dtype],
            "count": len(values),
            "type": TYPES[values.shape[1]],
        }
        if bounded:
            accessor |= {"min": values.min(0).tolist(), "max": values.max(0).tolist()}
        if normalized:
            accessor["normalized"] = True
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def _append(self, content: bytes, target: int | None = None) -> int:
        view = {"buffer": 0, "byteOffset": self._length, "byteLength": len(content)}
        self._views.append(view if target is None else view | {"target": target})
        padded = content + b"\0" * (-len(content) % 4)
        self._file.write(padded)
        self._length += len(padded)
        return len(self._views) - 1

    def _finish(self) -> None:
        frames = len(self._targets)
        times = (np.arange(frames) / float(self._fps)).astype(np.float32)[:, None]
        sampler = {
            "input": self._add(times, bounded=True),
            "output": self._add(np.eye(frames, dtype=np.float32).reshape(-1, 1)),
            "interpolation": "LINEAR",
        }
        material: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
        pictures: dict[str, Any] = {}
        if self._character.texture is not None:
            encoded = io.BytesIO()
            Image.fromarray(self._character.texture).save(encoded, format="PNG")
            pictures = {
                "images": [{"bufferView": self._append(encoded.getvalue()), "mimeType": "image/png"}],
                "textures": [{"source": 0}],
            }
            material["baseColorTexture"] = {"index": 0}
        primitive = {
            "attributes": self._attributes,
            "indices": self._indices,
            "material": 0,
            "targets": self._targets,
        }
        channel = {"sampler": 0, "target": {"node": 0, "path": "weights"}}
        described = {
            "asset": {"version": "2.0", "generator": GENERATOR},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": "character"}],
            "meshes": [{"primitives": [primitive], "weights": [0.0] * frames, "name": "character"}],
            "materials": [{"pbrMetallicRoughness": material, "doubleSided": True}],
            "animations": [{"samplers": [sampler], "channels": [channel], "name": "motion"}],
            "accessors": self._accessors,
            "bufferViews": self._views,
            **pictures,
            "buffers": [{"byteLength": self._length}],
        }
        self._insert_description(json.dumps(described, separators=(",", ":")).encode())

    def _insert_description(self, described: bytes) -> None:
        """Move the binary part back, and write the header and the description before it."""
        described += b" " * (-len(described) % 4)
        total = 12 + 8 + len(described) + 8 + self._length
        before = struct.pack("<4sIIII", b"glTF", 2, total, len(described), 0x4E4F534A) + described
        before += struct.pack("<II", self._length, 0x004E4942)
        _shift(self._file, self._length, len(before))
        self._file.seek(0)
        self._file.write(before)


def _shift(file: BinaryIO, length: int, by: int) -> None:
    """Move the first bytes of a file toward its end, from the last on, in pieces."""
    piece = 1 << 22
    for start in range((length - 1) // piece * piece, -1, -piece):
        file.seek(start)
        content = file.read(min(piece, length - start))
        file.seek(start + by)
        file.write(content)
