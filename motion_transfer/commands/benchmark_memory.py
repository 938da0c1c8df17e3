"""The most memory that a whole transfer holds: in a process of its own, nothing found from earlier runs."""

import contextlib
import multiprocessing
import os
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from omegaconf import OmegaConf

from motion_transfer.commands import transfer
from motion_transfer.evaluation.provenance import peak_memory_mb

LOOK_EVERY_S = 0.05


def transfer_memory_mb(config: dict[str, Any], source: Path, performer: Path) -> float:
    """Peak in MB (10^6 bytes) of a transfer of the source to a learned performer, started processes included.

    Raises:
        RuntimeError: the transfer failed; its own message stands above.
    """
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        inputs = {
            "source": str(source),
            "target": None,
            "performer": str(performer),
            "output": str(folder / "out.mp4"),
            "work_dir": str(folder / "work"),
            "side_by_side": False,
            "fps": None,
        }
        own = folder / "own_peak_mb"
        process = multiprocessing.get_context("spawn").Process(target=_transfer, args=({**config, **inputs}, own))
        process.start()
        seen_mb = 0.0
        while process.is_alive():
            seen_mb = max(seen_mb, _held_mb(process.pid))
            time.sleep(LOOK_EVERY_S)
        if process.exitcode != 0:
            raise RuntimeError(f"expected a transfer of {source} to succeed, got exit code {process.exitcode}")
        return max(seen_mb, float(own.read_text(encoding="utf-8")))


def _transfer(config: dict[str, Any], peak: Path) -> None:
    warnings.simplefilter("ignore")
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        transfer.main(OmegaConf.create(config))
    peak.write_text(str(_own_peak_mb()), encoding="utf-8")


def _held_mb(process: int | None) -> float:
    """Memory in RAM of a process and all that it started; 0 when it has just ended."""
    try:
        first = psutil.Process(process)
        return sum(each.memory_info().rss for each in (first, *first.children(recursive=True))) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def _own_peak_mb() -> float:
    """This process's peak. Linux' `ru_maxrss` would count what the process that started it held as well."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_memory_mb()
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return float(peak.split()[1]) * 1024 / 1e6
