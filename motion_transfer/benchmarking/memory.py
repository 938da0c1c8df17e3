"""Peak memory of a whole transfer, in a new process without results of earlier runs."""

import contextlib
import json
import multiprocessing
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory


def transfer_memory_mb(transfer: Callable[[Path, Path], None]) -> float:
    """Give the peak in MB (10^6 bytes) that the report of a transfer states.

    Args:
        transfer: writes the video that its first argument names, and its report, and keeps intermediate results in the
            folder that is its second. It is pickled.

    Raises:
        RuntimeError: the transfer failed; it has printed why.
    """
    with TemporaryDirectory() as scratch:
        output = Path(scratch) / "out.mp4"
        process = multiprocessing.get_context("spawn").Process(
            target=_silently, args=(transfer, output, Path(scratch) / "work")
        )
        process.start()
        try:
            process.join()
        finally:
            process.kill()
        if process.exitcode != 0:
            raise RuntimeError(f"expected the transfer to succeed, got exit code {process.exitcode}")
        return float(json.loads(output.with_suffix(".report.json").read_text(encoding="utf-8"))["peak_memory_mb"])


def _silently(transfer: Callable[[Path, Path], None], output: Path, work: Path) -> None:
    warnings.simplefilter("ignore")
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        transfer(output, work)
