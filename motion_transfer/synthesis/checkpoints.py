"""Checkpoints of a training <-> files of plain numbers: going on with one runs no code that the file brings along."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import CheckpointIO

from motion_transfer.domain.value import value
from motion_transfer.files.records import load_record, save_record

LAST, BEST = "last.ckpt", "best.ckpt"

log = logging.getLogger(__name__)


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


class BestCheckpoint(ModelCheckpoint):
    """Keeps the best checkpoint and knows its score, also after its folder was moved or copied."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what was known of the best checkpoint, where that is still there."""
        folder = Path(str(self.dirpath))
        if not (folder / BEST).is_file():
            return

        def here(path: str) -> str:
            return str(folder / Path(path).name) if path else path

        moved = {name: here(state_dict[name]) for name in state_dict if name.endswith("_path")}
        known = {here(path): score for path, score in state_dict.get("best_k_models", {}).items()}
        super().load_state_dict({**state_dict, **moved, "dirpath": self.dirpath, "best_k_models": known})


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to go on from; damaged ones are removed and said. None where none is left."""
    found = []
    for path in (folder / LAST, folder / BEST):
        try:
            read_checkpoint(path)
            found.append(path)
        except FileNotFoundError:
            continue
        except ValueError as damaged:
            log.warning("a checkpoint is lost, and training goes on from an older one or anew: %s", damaged)
            path.unlink()
    return found[0] if found else None


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is damaged, or of another version.
    """
    return dict(load_record(path, Checkpoint).state)
