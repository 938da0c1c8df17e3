"""The user's own SMPL file -> its arrays, without running anything that the file brings along.

The official files are Python 2 pickles of numpy arrays, scipy sparse matrices and expressions of the library chumpy.
A pickle may name any function to be called; here it may name only what rebuilds those three.
"""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

SPARSE = {"csc_matrix": csc_matrix, "csr_matrix": csr_matrix}
REMEDY = "get the file anew from https://smpl.is.tue.mpg.de"


def read_smpl_arrays(path: Path) -> dict[str, Any]:
    """Everything in the file by its name: dense arrays, sparse matrices and what is neither as it is.

    Raises:
        ValueError: the file is damaged, neither .npz nor .pkl, or names something else than arrays.
    """
    match path.suffix.lower():
        case ".npz":
            return _read_npz(path)
        case ".pkl":
            return _read_pickle(path)
    raise ValueError(f"expected an SMPL file in .npz or .pkl, got {path.name}; give the file as it was downloaded")


def _read_npz(path: Path) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    try:
        with np.load(path, allow_pickle=False) as file:
            for name in file.files:
                arrays[name] = file[name]
    except (OSError, EOFError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as broken:
        if "allow_pickle" in str(broken) or "Object arrays" in str(broken):
            raise ValueError(
                f"expected plain arrays in {path}, got some that need pickle, which could run code; give the official "
                "file in .pkl, which is read without running code"
            ) from broken
        raise ValueError(f"expected an .npz of arrays, got {path}, which is damaged; {REMEDY}") from broken
    return arrays


def _read_pickle(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = _ArraysOnly(file).load()
        if isinstance(content, dict):
            return {str(key): _plain(item) for key, item in content.items()}
    except _RefusedError as refused:
        raise ValueError(f"expected only arrays in {path}, got {refused}, which could run code; {REMEDY}") from refused
    except Exception as broken:  # a damaged pickle fails in any way that its instructions can
        raise ValueError(f"expected a pickle of arrays, got {path}, which is damaged; {REMEDY}") from broken
    raise ValueError(f"expected a pickled dictionary in {path}, got a {type(content).__name__}; {REMEDY}")


class _RefusedError(pickle.UnpicklingError):
    """The file names something that is not on the list."""


class _Kept:
    """Stands in for an object of a library: its state is kept, none of its code is needed."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = dict(state)


class _Type:
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


class _Array:
    """Stands in for numpy's ndarray. `array` stays None where its content is not plain."""

    def __init__(self) -> None:
        self.array: np.ndarray | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, by_column, content = state
        self.fill(content, kind, shape, "F" if by_column else "C")

    def fill(self, content: Any, kind: _Type, shape: tuple[int, ...], order: Literal["C", "F"]) -> None:
        """Take over the numbers."""
        dtype = kind.dtype()
        if dtype is not None:
            # Python 2 wrote bytes as text.
            plain = content.encode("latin1") if isinstance(content, str) else bytes(content)
            self.array = np.frombuffer(plain, dtype).reshape(shape, order=order)


class _ArraysOnly(pickle.Unpickler):
    """Keeps the state of numpy arrays, sparse matrices and chumpy's objects; refuses all else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="latin1")

        # All made for each file, so that no file can leave anything behind on them for the next one.
        class Array(_Array):
            pass

        class Type(_Type):
            pass

        def empty_array(*_: object) -> _Array:
            return Array()  # numpy pickles an array as an empty one that its state follows

        def array_of_buffer(content: Any, kind: _Type, shape: tuple[int, ...], order: Literal["C", "F"]) -> _Array:
            array = Array()
            array.fill(content, kind, shape, order)
            return array

        def instance(kind: type, *_: object) -> object:
            if not issubclass(kind, _Kept):
                raise _RefusedError(kind.__name__)
            return kind()

        def encoded(text: str, *_: object) -> bytes:
            return text.encode("latin1")  # how Python 3 pickles bytes for Python 2

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
        raise _RefusedError(f"{module}.{name}")


def _plain(item: Any) -> Any:
    """The array that a stand-in describes; anything else unchanged."""
    if isinstance(item, _Array) and item.array is not None:
        return item.array
    if not isinstance(item, _Kept):
        return item
    state = {key: _plain(part) for key, part in item.state.items()}
    kind = type(item).__name__
    last = kind.rpartition(".")[2]
    if kind.startswith("scipy."):
        parts = state["data"], state["indices"], state["indptr"]
        matrix = SPARSE[last](parts, state.get("_shape", state.get("shape")))
        matrix.check_format(full_check=True)  # wrong indices would be followed out of the array
        return matrix
    if last == "Ch" and "x" in state:
        return np.asarray(state["x"])
    if last == "Select" and {"a", "idxs", "preferred_shape"} <= set(state):
        return np.asarray(state["a"]).ravel()[np.asarray(state["idxs"])].reshape(state["preferred_shape"])
    return item  # an expression that a body does not need
