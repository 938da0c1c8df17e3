"""Values of the domain <-> one .npz file each, without pickle: loading runs no code that the file brings along.

The file holds numbered arrays and `header`, JSON that says how they nest. Tensors come back on the CPU.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape, Capture, FitQuality
from motion_transfer.domain.camera import Box, Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.quality import HeldOutScores, RetargetingQuality, TrainingRun
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.npz import read_npz, write_npz
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing

T = TypeVar("T")
Arrays = dict[str, np.ndarray]
HEADER = "header"
DIGEST_BYTES = 16

KNOWN: Mapping[str, type] = {
    known.__name__: known
    for known in (
        BodyModel,
        BodyMotion,
        BodyPose,
        BodyShape,
        Box,
        Camera,
        Capture,
        ConditioningMaps,
        Detections,
        FaceAndHands,
        FitQuality,
        HeldOutScores,
        ImageSize,
        LandmarkLayout,
        Landmarks2D,
        Landmarks3D,
        Masks,
        RetargetingQuality,
        TrainingRun,
    )
}


def save_record(path: Path, value: object) -> None:
    """Store one value; the file appears when complete.

    Raises:
        ValueError: the value holds something that cannot be stored, such as a function.
        OSError: the file cannot be written.
    """
    arrays: Arrays = {}
    header = _flatten(value, arrays, type(value).__name__)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with replacing(path) as temporary:
        write_npz(temporary, {HEADER: text, **arrays})


def load_record(path: Path, type: type[T]) -> T:
    """Load a value of the class `type` that `save_record` stored; its shapes are checked anew.

    Values inside are of domain classes or of `type` itself.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, holds another class, or was written by another version of the program.
    """
    with reading(f"a stored {type.__name__}", path, remedy="it is damaged or of another version; delete it"):
        arrays = read_npz(path)
        header = json.loads(arrays.pop(HEADER).tobytes())
        found = header.get("value")
        if found != type.__name__:
            raise ValueError(f"it holds a {found}")
        return _restore(header, arrays, {**KNOWN, type.__name__: type})


def value_digest(value: object) -> str:
    """BLAKE2b digest of a value's whole content, 32 hexadecimal digits: equal for equal values on any device."""
    arrays: Arrays = {}
    header = _flatten(value, arrays, type(value).__name__)
    digest = hashlib.blake2b(json.dumps(header).encode(), digest_size=DIGEST_BYTES)
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _flatten(value: object, arrays: Arrays, where: str) -> dict[str, Any]:
    """Describe a value in JSON, moving what is large into `arrays`; `where` names it in an error."""
    match value:
        case None | bool() | int() | float() | str():
            return {"plain": value}
        case Fraction():
            return {"fraction": [value.numerator, value.denominator]}
        case Path():
            return {"path": str(value)}
        case bytes():
            return {"bytes": _keep(np.frombuffer(value, np.uint8), arrays)}
        case torch.Tensor() if value.dtype == torch.bfloat16:  # which numpy does not know
            return {"bfloat16": _keep(value.detach().cpu().contiguous().view(torch.int16).numpy(), arrays)}
        case torch.Tensor():
            return {"tensor": _keep(value.detach().cpu().numpy(), arrays)}
        case np.ndarray() if not value.dtype.hasobject:
            return {"array": _keep(value, arrays)}
        case tuple() if value and all(isinstance(item, bytes) for item in value):
            # Thousands of compressed masks are two arrays, not thousands of them.
            lengths = np.array([len(item) for item in value], np.int64)
            joined = np.frombuffer(b"".join(value), np.uint8)
            return {"blobs": [_keep(joined, arrays), _keep(lengths, arrays)]}
        case tuple():
            return {"tuple": [_flatten(item, arrays, f"{where}[{i}]") for i, item in enumerate(value)]}
        case np.generic():
            return _flatten(value.item(), arrays, where)
        case Mapping() if all(isinstance(key, str | int) for key in value):
            return {"mapping": [[key, _flatten(item, arrays, f"{where}[{key!r}]")] for key, item in value.items()]}
        case Sequence():
            return {"list": [_flatten(item, arrays, f"{where}[{i}]") for i, item in enumerate(value)]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        fields = {name: _flatten(getattr(value, name), arrays, f"{where}.{name}") for name in names}
        return {"value": type(value).__name__, "fields": fields}
    raise ValueError(
        f"expected {where} to be a number, text, path, tensor, array, bytes, or a value, list or mapping of these, "
        f"got {type(value).__name__}; it cannot be stored"
    )


def _keep(array: np.ndarray, arrays: Arrays) -> str:
    name = f"array_{len(arrays)}"
    arrays[name] = array
    return name


def _restore(header: dict[str, Any], arrays: Arrays, known: Mapping[str, type]) -> Any:
    """Rebuild a value; every array is taken out of `arrays`, so that no file makes many copies of one."""
    if "value" in header:
        cls = known.get(header["value"])
        if cls is None:
            raise ValueError(f"unknown class {header['value']}")
        return cls(**{name: _restore(field, arrays, known) for name, field in header["fields"].items()})
    [(kind, content)] = header.items()
    match kind:
        case "plain":
            return content
        case "fraction":
            return Fraction(*content)
        case "path":
            return Path(content)
        case "bytes":
            return arrays.pop(content).tobytes()
        case "tensor":
            return torch.from_numpy(arrays.pop(content))
        case "bfloat16":
            return torch.from_numpy(arrays.pop(content)).view(torch.bfloat16)
        case "array":
            return arrays.pop(content)
        case "blobs":
            return _blobs(*(arrays.pop(name) for name in content))
        case "tuple":
            return tuple(_restore(item, arrays, known) for item in content)
        case "list":
            return [_restore(item, arrays, known) for item in content]
        case "mapping":
            return {key: _restore(item, arrays, known) for key, item in content}
    raise ValueError(f"unknown kind {kind}")


def _blobs(joined: np.ndarray, lengths: np.ndarray) -> tuple[bytes, ...]:
    if (lengths < 0).any() or lengths.sum() != joined.nbytes:
        raise ValueError(f"expected texts of {joined.nbytes} bytes in all, got {lengths.sum()}")
    content, ends = joined.tobytes(), np.cumsum(lengths).tolist()
    return tuple(content[start:end] for start, end in zip([0, *ends], ends, strict=False))
