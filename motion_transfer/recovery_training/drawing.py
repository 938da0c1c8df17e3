"""Processes that draw crops of people all the time, one core each, for a training that reads them."""

import multiprocessing
import queue
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Protocol, runtime_checkable

import cv2
import torch

from motion_transfer.synthetic.people_in_crops import CropArtist, PersonCrops

WAITING = 4  # sheets a process that nobody has read yet
PATIENCE_S = 120.0  # the longest that a first sheet may take
LOOK_S = 0.5


@runtime_checkable
class CropSource(Protocol):
    """Gives crops whenever it is asked."""

    def take(self, *, wait: bool) -> PersonCrops | None:
        """The next crops; None where there are none yet and nobody wants to wait."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Crops that processes are drawing.

    Raises:
        RuntimeError: in `take`, a process failed or gives nothing any more; the message says why.
    """

    sheets: "Queue[PersonCrops | str]"
    processes: tuple[BaseProcess, ...]

    def take(self, *, wait: bool) -> PersonCrops | None:
        """The next crops; None where there are none yet and nobody wants to wait."""
        waited_s = 0.0
        while True:
            try:
                sheet = self.sheets.get(timeout=LOOK_S) if wait else self.sheets.get_nowait()
            except queue.Empty:
                self._check_alive()
                waited_s += LOOK_S
                if not wait:
                    return None
                if waited_s > PATIENCE_S:
                    raise RuntimeError(
                        f"expected drawn crops, got none for {PATIENCE_S:g} s; draw with fewer processes"
                    ) from None
                continue
            if isinstance(sheet, str):
                raise RuntimeError(f"expected drawn crops, but a drawing process failed: {sheet}")
            return sheet

    def _check_alive(self) -> None:
        ended = [process.exitcode for process in self.processes if process.exitcode is not None]
        if ended:
            raise RuntimeError(
                f"expected {len(self.processes)} drawing processes, but {len(ended)} ended with exit code {ended[0]}; "
                "see above, or draw with fewer processes"
            )


@contextmanager
def drawing(artist: CropArtist, *, processes: int, first_seed: int) -> Iterator[Drawing]:
    """Draw in this many processes; process p draws the seeds first_seed + p, + p + processes, and so on."""
    context = multiprocessing.get_context("spawn")
    sheets: Queue[PersonCrops | str] = context.Queue(WAITING * processes)
    stop = context.Event()
    workers = tuple(
        context.Process(target=_draw_on, args=(artist, sheets, stop, first_seed + number, processes), daemon=True)
        for number in range(processes)
    )
    try:
        for worker in workers:
            worker.start()
        yield Drawing(sheets=sheets, processes=workers)
    finally:
        stop.set()
        sheets.cancel_join_thread()
        for worker in workers:
            if worker.pid is not None:  # one could not be started
                worker.kill()
                worker.join()


def _draw_on(artist: CropArtist, sheets: "Queue[PersonCrops | str]", stop: Event, first_seed: int, stride: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    seed = first_seed
    try:
        while not stop.is_set():
            sheets.put(artist(seed))
            seed += stride
    except KeyboardInterrupt:
        return
    except BaseException as failure:
        traceback.print_exc()
        sheets.put(f"{type(failure).__name__}: {failure}")
