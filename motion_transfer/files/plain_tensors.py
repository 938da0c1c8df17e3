"""Files that torch wrote, of tensors and plain values alone: nothing that one holds is ever run."""

from pathlib import Path
from typing import Any

import torch

from motion_transfer.files.reading import reading

MOST_BYTES = 1 << 30


def read_plain_tensors(path: Path, what: str, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Read a dictionary of tensors and plain values.

    Args:
        what: what the file should be, for errors.

    Raises:
        FileNotFoundError: there is no file.
        ValueError: it holds something else.
    """
    with reading(what, path, remedy="give the file as it was written or downloaded", most_bytes=MOST_BYTES):
        found = torch.load(path, map_location=device, weights_only=True)
        if not isinstance(found, dict):
            raise ValueError(f"it holds a {type(found).__name__}")
    return found
