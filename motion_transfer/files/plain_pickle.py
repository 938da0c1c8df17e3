"""Pickles of dictionaries, lists and arrays, as numpy and joblib write them, read without running anything of theirs.

joblib puts the bytes of every array between the instructions, right behind an object that describes it, and may
compress the whole. Such an object only stands for its description here.
"""

import io
import zlib
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from motion_transfer.files.reading import UnreadableFileError, reading
from motion_transfer.files.smpl_file import ArraysOnly, ArrayStandIn, RefusedError, TypeStandIn

MOST_BYTES = 1 << 29
MOST_UNPACKED_BYTES = 1 << 30
MOST_INSTRUCTIONS = 20_000_000
BUILD = ord("b")  # the instruction that gives an object its state
WRAPPERS = ("joblib.numpy_pickle", "NumpyArrayWrapper")
REFUSED = {*b"\x82\x83\x84PQ\x97\x98\x8f\x90\x91"}  # extensions, persistent names, buffers, sets


class _Wrapper:
    """Stands in for joblib's description of an array whose bytes follow."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = dict(state)


class _Scalar:
    """A single number of numpy's."""

    def __init__(self, kind: TypeStandIn, content: Any) -> None:
        raw = content.encode("latin1") if isinstance(content, str) else bytes(content)
        dtype = kind.dtype()
        self.value = None if dtype is None else np.frombuffer(raw, dtype)[0].item()


class _Dispatch(dict[int, Any]):
    """The unpickler's table of instructions, which counts them and leaves some out."""

    def __init__(self, table: dict[int, Any]) -> None:
        super().__init__(table)
        self.count = 0

    def __getitem__(self, instruction: int) -> Any:
        self.count += 1
        if self.count > MOST_INSTRUCTIONS or instruction in REFUSED:
            raise ValueError("expected dictionaries and arrays, got another kind of pickle, or too long a one")
        return super().__getitem__(instruction)


class _WithJoblib(ArraysOnly):
    """Takes arrays out of the stream where joblib put them."""

    dispatch: ClassVar[dict[int, Any]] = dict(ArraysOnly.dispatch)

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.dispatch = _Dispatch(type(self).dispatch)  # type: ignore[misc]
        self._file = file

        class Wrapper(_Wrapper):
            pass

        self._wrapper = Wrapper
        self._instance = self._allowed["copyreg", "_reconstructor"]
        for where in ("copyreg", "copy_reg"):
            self._allowed[where, "_reconstructor"] = self._made
        for core in ("numpy.core", "numpy._core"):
            self._allowed[f"{core}.multiarray", "scalar"] = _Scalar
        self._allowed[WRAPPERS] = Wrapper

    def _made(self, kind: type, *rest: object) -> object:
        return self._wrapper() if kind is self._wrapper else self._instance(kind, *rest)  # type: ignore[operator]

    def load_build(self) -> None:
        """Give an object its state; behind joblib's description of an array, read the array."""
        super().load_build()
        made = self.stack[-1]
        if isinstance(made, _Wrapper):
            self.stack[-1] = self._array(made.state)

    dispatch[BUILD] = load_build

    def _array(self, state: dict[str, Any]) -> ArrayStandIn:
        kind, shape = state.get("dtype"), state.get("shape")
        dtype = kind.dtype() if isinstance(kind, TypeStandIn) else None
        if dtype is None or not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise ValueError("expected plain numbers in an array, got another kind")
        if state.get("numpy_array_alignment_bytes") is not None:
            self._file.read(self._file.read(1)[0])
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if size > MOST_UNPACKED_BYTES:
            raise ValueError(f"expected at most {MOST_UNPACKED_BYTES} bytes in an array, got {size}")
        content = self._file.read(size)
        if len(content) != size:
            raise ValueError("it is cut short within an array")
        found = ArrayStandIn(bytes)
        order = "F" if state.get("order") == "F" else "C"
        found.array = np.frombuffer(content, dtype).reshape(shape, order=order)
        return found


def read_pickle(path: Path) -> Any:
    """Dictionaries, lists, tuples, numbers and text of a pickle; arrays as stand-ins that `numbers_of` reads.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadableFileError: it is damaged, or names something that could run code.
    """
    with reading("a pickle of motion parameters", path, remedy="make it anew", most_bytes=MOST_BYTES):
        content = _unpacked(path.read_bytes())
        try:
            return _WithJoblib(io.BytesIO(content)).load()
        except RefusedError as refused:
            raise UnreadableFileError(
                f"expected only arrays in {path}, got {refused}, which could run code; make it anew"
            ) from refused


def numbers_of(item: Any) -> np.ndarray | None:
    """What stands for an array, a number or a list of these -> an array of numbers; None for anything else."""
    if isinstance(item, ArrayStandIn):
        return item.array if item.array is not None and item.array.dtype.kind in "biuf" else None
    if isinstance(item, _Scalar):
        item = item.value
    if isinstance(item, int | float):
        return np.array(item, float)
    if isinstance(item, list | tuple) and item and len(item) < 1_000_000:
        parts = [numbers_of(one) for one in item]
        if all(part is not None and part.shape == parts[0].shape for part in parts):  # type: ignore[union-attr]
            return np.stack(parts)  # type: ignore[arg-type]
    return None


def _unpacked(content: bytes) -> bytes:
    """The bytes behind zlib's compression, which joblib may apply, where it was applied."""
    if content[:1] != b"\x78":
        return content
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(content, MOST_UNPACKED_BYTES)
    if unpacker.unconsumed_tail:
        raise ValueError(f"expected at most {MOST_UNPACKED_BYTES} bytes, got more")
    return found
