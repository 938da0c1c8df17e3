"""The most memory that a whole transfer holds: in a process of its own, nothing found from earlier runs."""

import contextlib
import json
import multiprocessing
import os
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from omegaconf import OmegaConf

from motion_transfer.commands import transfer


def transfer_memory_mb(config: dict[str, Any], source: Path, performer: Path) -> float:
    """Peak in MB (10^6 bytes) of a transfer of the source to a learned performer, as its report tells it.

    Raises:
        RuntimeError: the transfer failed; its own message stands above.
    """
    with TemporaryDirectory() as scratch:
        output = Path(scratch) / "out.mp4"
        inputs = {
            "source": str(source),
            "target": None,
            "performer": str(performer),
            "output": str(output),
            "work_dir": str(Path(scratch) / "work"),
            "side_by_side": False,
            "fps": None,
        }
        process = multiprocessing.get_context("spawn").Process(target=_transfer, args=({**config, **inputs},))
        process.start()
        try:
            process.join()
        finally:
            process.kill()
        if process.exitcode != 0:
            raise RuntimeError(f"expected a transfer of {source} to succeed, got exit code {process.exitcode}")
        return float(json.loads(output.with_suffix(".report.json").read_text(encoding="utf-8"))["peak_memory_mb"])


def _transfer(config: dict[str, Any]) -> None:
    warnings.simplefilter("ignore")
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        transfer.main(OmegaConf.create(config))
