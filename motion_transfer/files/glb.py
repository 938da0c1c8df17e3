"""The container of .glb files (glTF 2.0): a description in JSON, and arrays of numbers behind it."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

MAGIC, JSON, BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
MOST_NUMBERS = 200_000_000


class GlbWriter:
    """Gathers arrays, and gives them with their description as the bytes of a file."""

    def __init__(self) -> None:
        self._binary = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def array(self, values: np.ndarray, *, target: int | None = None, bounded: bool = False) -> int:
        """Add rows of numbers; gives the number of their accessor.

        Args:
            target: 34962 for attributes of vertices, 34963 for their indices.
            bounded: whether the least and the greatest of each column are told, as positions and times need.
        """
        codes = {np.dtype(kind): code for code, kind in COMPONENTS.items()}
        rows = values.reshape(len(values), -1)
        accessor: dict[str, Any] = {
            "bufferView": self.content(np.ascontiguousarray(rows).tobytes(), target),
            "componentType": codes[rows.dtype],
            "count": len(rows),
            "type": KINDS[rows.shape[1]],
        }
        if bounded:
            accessor |= {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def content(self, content: bytes, target: int | None = None) -> int:
        """Add bytes; gives the number of their view."""
        view = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(content)}
        self.views.append(view if target is None else view | {"target": target})
        self._binary += content + b"\0" * (-len(content) % 4)
        return len(self.views) - 1

    def file(self, described: dict[str, Any]) -> bytes:
        """The whole file.

        Args:
            described: the description without accessors, views and buffers.
        """
        whole = described | {
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        text = json.dumps(whole, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self._binary)
        head = struct.pack("<4sIIII", b"glTF", 2, total, len(text), JSON)
        return head + text + struct.pack("<II", len(self._binary), BINARY) + bytes(self._binary)


class GlbContent:
    """A file's description, and its arrays.

    Raises:
        ValueError: it is no such file, or cut short.
    """

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        if len(content) < 20 or struct.unpack_from("<I", content)[0] != MAGIC:
            raise ValueError("expected glTF at its beginning, got something else")
        length, kind = struct.unpack_from("<II", content, 12)
        if kind != JSON or 20 + length > len(content):
            raise ValueError("expected a description in JSON, got another part, or it is cut short")
        self.described: dict[str, Any] = json.loads(content[20 : 20 + length])
        if not isinstance(self.described, dict):
            raise ValueError("expected an object in JSON, got another kind")
        self._binary = content[28 + length :]

    def array(self, index: int) -> np.ndarray:
        """The rows of an accessor.

        Raises:
            ValueError, LookupError: it leads out of the file.
        """
        accessor = self.described["accessors"][index]
        view = self.described["bufferViews"][accessor["bufferView"]]
        dtype, width, count = (
            np.dtype(COMPONENTS[accessor["componentType"]]),
            WIDTHS[accessor["type"]],
            accessor["count"],
        )
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride") or width * dtype.itemsize
        if not all(isinstance(number, int) and number >= 0 for number in (start, stride, count)):
            raise ValueError("expected whole numbers for the places of an array, got others")
        end = start + stride * (count - 1) + width * dtype.itemsize
        if count < 1 or count * width > MOST_NUMBERS or end > len(self._binary):
            raise ValueError(f"expected an array within {len(self._binary)} bytes, got one of {count} rows")
        rows = np.ndarray((count, width), dtype, self._binary, start, (stride, dtype.itemsize))
        found = rows.astype(np.float64)
        if accessor.get("normalized"):
            found = np.maximum(found / np.iinfo(dtype).max, -1)
        return found
