"""Checkpoints of a training <-> files of plain numbers: going on with one runs no code that the file brings along."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytorch_lightning.plugins.io import CheckpointIO

from motion_transfer.domain.value import value
from motion_transfer.files.records import load_record, save_record

LAST, BEST = "last.ckpt", "best.ckpt"


@value
class Checkpoint:
    """The state of a training, as Lightning nests it: mappings and lists of tensors, numbers and text."""

    state: Mapping[str, Any]


class PlainCheckpoints(CheckpointIO):
    """Lightning's checkpoints as records, which a kill or a full disk never leaves cut short."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a checkpoint; it appears when it is complete.

        Raises:
            ValueError: it holds something else than numbers, text and tensors, such as an object of a callback's.
        """
        save_record(Path(path), Checkpoint(state=checkpoint))

    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a checkpoint onto the CPU; Lightning moves it from there."""
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: Any) -> None:
        """Remove a checkpoint."""
        Path(path).unlink(missing_ok=True)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is damaged, or of another version.
    """
    return dict(load_record(path, Checkpoint).state)
