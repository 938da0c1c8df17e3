"""The source's motion, captured in a second process while this one registers the target.

The optimizers of both run in Python and keep one core each. The processes share nothing but the cache: the second one
fills it with what the first one then finds there.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import cv2
import torch
from omegaconf import DictConfig, OmegaConf

from motion_transfer.allocator import trim_heap
from motion_transfer.assembly import assemble, source_of
from motion_transfer.detection import find_person
from motion_transfer.domain.events import Event
from motion_transfer.pipeline import FIT, capture_source
from motion_transfer.run import Run

AUTO = "auto"
WORTH_IT = 72  # frames of a source that are more work than the start of a process
POLL_S = 0.1
FAILED = "The process that captured the source beside the target has failed, and the capture was done after it"


class SourceProcess:
    """A process that captures the source of a transfer, whose events reach this process's run as they come.

    Args:
        config: the settings of the transfer.
        threads: how many it works with.
    """

    def __init__(self, config: DictConfig, run: Run, *, threads: int = 1) -> None:
        context = multiprocessing.get_context("spawn")
        self._events, events = context.Pipe(duplex=False)
        settings = OmegaConf.to_container(config, resolve=True)
        self._process = context.Process(target=_capture, args=(settings, events, threads), daemon=True)
        self._run = run
        self._process.start()
        events.close()  # so that the end of the process is the end of its events
        self._forwarding = threading.Thread(target=self._forward, daemon=True, name="source events")
        self._forwarding.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether it still works."""
        return self._process.is_alive()

    def wait(self) -> Run:
        """Wait until it has ended, and give the run to read the source's motion with.

        What it has reported needs no second report: this is a run without listeners, unless the process failed, so that
        the capture has to be done here.
        """
        while self._forwarding.is_alive():
            self._run.raise_if_cancelled()
            self._forwarding.join(POLL_S)
        self._process.join()
        if self._process.exitcode == 0:
            return Run(self._run.cache)
        self._run.report_fallback(FIT.id("source"), f"{FAILED} (exit code {self._process.exitcode}).")
        return self._run

    def end(self) -> None:
        """End the process, if it still works; what it has stored stays."""
        self._process.kill()
        self._process.join()
        self._forwarding.join()

    def _forward(self) -> None:
        with suppress(EOFError, OSError):  # the process has ended, perhaps in the middle of an event
            while True:
                event: Event = self._events.recv()
                self._run.adopt(event)


@contextmanager
def capturing_source(config: DictConfig, run: Run) -> Iterator[SourceProcess]:
    """Capture the source of a transfer in a process of its own, which ends with the block at the latest."""
    threads = torch.get_num_threads()
    with using_threads(max(threads - threads // 2, 1)):
        process = SourceProcess(config, run, threads=max(threads // 2, 1))
        try:
            yield process
        finally:
            process.end()


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Work with so many threads while the block runs: two processes with one for each core slow each other down."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def pays(setting: bool | str, frames: int) -> bool:
    """Whether a process of its own for the source is asked for, or is `auto` and saves time.

    Args:
        setting: `concurrent_capture`.
        frames: of the source.
    """
    if setting == AUTO:
        return frames >= WORTH_IT and torch.get_num_threads() > 1
    return bool(setting)


def check_setting(setting: object) -> None:
    """Raise ValueError unless it is a `concurrent_capture`."""
    if setting not in (AUTO, True, False):
        raise ValueError(f"expected concurrent_capture=auto, true or false, got {setting}; leave the setting out")


def _capture(settings: dict[str, Any], events: Connection, threads: int) -> None:
    """Capture the source of a transfer, and send the events of that."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C as well, and ends this process
    threading.Thread(target=_end_with_parent, daemon=True, name="end with parent").start()
    config = OmegaConf.create(settings)
    made, source = assemble(config, []), source_of(config)
    assert source.clip is not None
    found = find_person(source.clip, made.stages, made.run, "source")  # from the cache
    capture_source(source.clip, made.stages, Run(made.run.cache, [events.send], after_each=trim_heap), found)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
