"""The user's own SMPL file -> its arrays, without running anything that the file brings along.

The official files are Python 2 pickles of numpy arrays, scipy sparse matrices and expressions of the library chumpy.
A pickle may name any function to be called; here it may name only what rebuilds those three.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from motion_transfer.files.npz import read_npz
from motion_transfer.files.reading import UnreadableFileError, reading

SPARSE = {"csc_matrix": csc_matrix, "csr_matrix": csr_matrix}
REMEDY = "get the file anew from https://smpl.is.tue.mpg.de"
MOST_BYTES = 1 << 30
MOST_INSTRUCTIONS = 1_000_000  # of a pickle; an SMPL file has some hundreds
MOST_NESTING = 10_000  # instructions that put one thing into another: so deep can none be nested
NESTING = {"TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "LIST", "DICT", "APPEND", "SETITEM", "BUILD", "REDUCE", "NEWOBJ"}
UNNEEDED = {"EMPTY_SET", "FROZENSET", "ADDITEMS", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID", "NEXT_BUFFER"}
MOST_SELECTED_BYTES = 1 << 31


def read_smpl_arrays(path: Path) -> dict[str, Any]:
    """Everything in the file by its name: dense arrays, sparse matrices and what is neither as it is.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, neither .npz nor .pkl, or names something else than arrays.
    """
    if path.suffix.lower() not in (".npz", ".pkl"):
        raise ValueError(f"expected an SMPL file in .npz or .pkl, got {path.name}; give the file as it was downloaded")
    with reading("a file of SMPL arrays", path, remedy=f"it is damaged; {REMEDY}", most_bytes=MOST_BYTES):
        if path.suffix.lower() == ".npz":
            return dict(read_npz(path, compressed=True))
        return _read_pickle(path)


def _read_pickle(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
        _check_instructions(content)
        found = ArraysOnly(io.BytesIO(content)).load()
    except RefusedError as refused:
        raise UnreadableFileError(
            f"expected only arrays in {path}, got {refused}, which could run code; {REMEDY}"
        ) from refused
    if not isinstance(found, dict):
        raise ValueError(f"expected a dictionary, got a {type(found).__name__}")
    plain = PlainArrays()
    return {str(key): plain(item) for key, item in found.items()}


def _check_instructions(content: bytes) -> None:
    """Go through the instructions of a pickle without following any.

    Raises:
        ValueError: one is unknown or unneeded, declares more bytes than follow, or there are far more than an SMPL file
            needs.
    """
    nesting = 0
    for count, (instruction, _, _) in enumerate(pickletools.genops(content)):
        nesting += instruction.name in NESTING
        if count > MOST_INSTRUCTIONS or nesting > MOST_NESTING:
            raise ValueError(f"expected at most {MOST_INSTRUCTIONS} instructions, {MOST_NESTING} of them nesting")
        if instruction.name in UNNEEDED:
            raise ValueError(f"expected dictionaries and arrays, got the instruction {instruction.name}")


class RefusedError(pickle.UnpicklingError):
    """The file names something that is not on the list."""


class _Kept:
    """Stands in for an object of a library: its state is kept, none of its code is needed."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = dict(state)


class TypeStandIn:
    """Stands in for numpy's dtype, whose own state could make numpy take bytes for objects."""

    def __init__(self, letters: str, *_: object) -> None:
        self.letters = str(letters)
        self.big_endian = False

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.big_endian = state[1] == ">"

    def dtype(self) -> np.dtype | None:
        """A type of plain numbers or text; None for objects and records."""
        kind = np.dtype(self.letters).newbyteorder(">" if self.big_endian else "<")
        return kind if kind.kind in "biufcSU" else None


class ArrayStandIn:
    """Stands in for numpy's ndarray. `array` stays None where its content is not plain."""

    def __init__(self, encoded: Callable[[Any], bytes]) -> None:
        self.array: np.ndarray | None = None
        self._encoded = encoded

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, by_column, content = state
        self.fill(content, kind, shape, "F" if by_column else "C")

    def fill(self, content: Any, kind: TypeStandIn, shape: tuple[int, ...], order: Literal["C", "F"]) -> None:
        """Take over the numbers."""
        dtype = kind.dtype()
        if dtype is not None:
            self.array = np.frombuffer(self._encoded(content), dtype).reshape(shape, order=order)


Unpickler: Any = pickle._Unpickler  # in Python, so that its steps can be checked one by one


class ArraysOnly(Unpickler):
    """Keeps the state of numpy arrays, sparse matrices and chumpy's objects; refuses all else."""

    dispatch: ClassVar[dict[int, Any]] = dict(Unpickler.dispatch)

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, encoding="latin1")

        # All made for each file, so that no file can leave anything behind on them for the next one.
        class Array(ArrayStandIn):
            pass

        class Type(TypeStandIn):
            pass

        kept: dict[int, tuple[str, bytes]] = {}

        def bytes_of(content: Any) -> bytes:
            """The bytes that Python 2 wrote as text, once for each text, however often it is named."""
            if not isinstance(content, str):
                return bytes(content) if isinstance(content, bytes | bytearray) else b""
            return kept.setdefault(id(content), (content, content.encode("latin1")))[1]

        def empty_array(*_: object) -> ArrayStandIn:
            return Array(bytes_of)  # numpy pickles an array as an empty one that its state follows

        def array_of_buffer(
            content: Any, kind: TypeStandIn, shape: tuple[int, ...], order: Literal["C", "F"]
        ) -> ArrayStandIn:
            array = Array(bytes_of)
            array.fill(content, kind, shape, order)
            return array

        def instance(kind: type, *_: object) -> object:
            if not issubclass(kind, _Kept):
                raise RefusedError(kind.__name__)
            return kind()

        def encoded(text: str, *_: object) -> bytes:
            return bytes_of(text)  # how Python 3 pickles bytes for Python 2

        self._stand_ins: dict[str, type] = {}
        self._allowed: dict[tuple[str, str], type | Callable[..., object]] = {
            ("numpy", "ndarray"): Array,
            ("numpy", "dtype"): Type,
            ("copyreg", "_reconstructor"): instance,
            ("copy_reg", "_reconstructor"): instance,  # its name in Python 2
            ("builtins", "object"): object,
            ("__builtin__", "object"): object,
            ("_codecs", "encode"): encoded,
        }
        for core in ("numpy.core", "numpy._core"):
            self._allowed[f"{core}.multiarray", "_reconstruct"] = empty_array
            self._allowed[f"{core}.numeric", "_frombuffer"] = array_of_buffer

    def load_setitem(self) -> None:
        """Put one thing into a dictionary."""
        self._check_keys(self.stack[-2:-1])
        super().load_setitem()

    def load_setitems(self) -> None:
        """Put several things into a dictionary."""
        self._check_keys(self.stack[::2])
        super().load_setitems()

    def load_dict(self) -> None:
        """Make a dictionary."""
        self._check_keys(self.stack[::2])
        super().load_dict()

    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
    dispatch[pickle.DICT[0]] = load_dict

    def _check_keys(self, keys: list[Any]) -> None:
        """Tuples in tuples as a key would be counted through in time exponential in their depth."""
        if not all(isinstance(key, str | bytes | int) for key in keys):
            raise ValueError("expected names in a dictionary, got another kind of key")

    def find_class(self, module: str, name: str, /) -> Any:
        """What a name in the file stands for.

        Raises:
            pickle.UnpicklingError: it is not on the list.
        """
        if (module, name) in self._allowed:
            return self._allowed[module, name]
        package = module.partition(".")[0]
        # Protocols from 4 on let a name hold dots, to reach into what is allowed.
        if name.isidentifier() and (package == "chumpy" or (module.startswith("scipy.sparse") and name in SPARSE)):
            label = f"{module}.{name}"
            return self._stand_ins.setdefault(label, type(label, (_Kept,), {}))
        raise RefusedError(f"{module}.{name}")


class PlainArrays:
    """Stand-ins -> the arrays that they describe, each once however often it is named; anything else unchanged."""

    def __init__(self) -> None:
        self._found: dict[int, Any] = {}
        self._selected_bytes = 0

    def __call__(self, item: Any) -> Any:
        if isinstance(item, ArrayStandIn) and item.array is not None:
            return item.array
        if not isinstance(item, _Kept):
            return item
        if id(item) not in self._found:
            self._found[id(item)] = item  # what holds itself is left as it is
            self._found[id(item)] = self._described(item)
        return self._found[id(item)]

    def _described(self, item: _Kept) -> Any:
        state = {key: self(part) for key, part in item.state.items()}
        kind = type(item).__name__
        last = kind.rpartition(".")[2]
        if kind.startswith("scipy."):
            parts = tuple(_numbers(state[name]) for name in ("data", "indices", "indptr"))
            matrix = SPARSE[last](parts, state.get("_shape", state.get("shape")))
            matrix.check_format(full_check=True)  # wrong indices would be followed out of the array
            return matrix
        if last == "Ch" and "x" in state:
            return _numbers(state["x"])
        if last == "Select" and {"a", "idxs", "preferred_shape"} <= set(state):
            source, chosen = _numbers(state["a"]).ravel(), _numbers(state["idxs"])
            self._selected_bytes += chosen.size * source.itemsize
            if self._selected_bytes > MOST_SELECTED_BYTES:
                raise ValueError(f"expected at most {MOST_SELECTED_BYTES} bytes of selected numbers")
            return source[chosen].reshape(state["preferred_shape"])
        return item  # an expression that a body does not need


def _numbers(array: Any) -> np.ndarray:
    if not isinstance(array, np.ndarray):
        raise ValueError(f"expected an array, got a {type(array).__name__}")
    return array
