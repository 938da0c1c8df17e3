"""Listeners that show a run: progress bars in a terminal, one line a stage elsewhere, or JSON lines for programs."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from io import TextIOBase
from typing import TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from motion_transfer.domain.events import (
    Event,
    Listener,
    PreviewPicture,
    StageAborted,
    StageAdvanced,
    StageFinished,
    StageStarted,
)

NAME_WIDTH = 28


def finished_line(cost: StageFinished) -> str:
    """What a stage cost, in words."""
    if cost.cached:
        return f"{cost.name:<{NAME_WIDTH}} found from an earlier run"
    rate = cost.frames_per_second
    speed = f", {rate:.0f} frames/s" if rate else ""
    return f"{cost.name:<{NAME_WIDTH}} {cost.seconds:.1f} s{speed}"


class PlainProgress:
    """Writes one line when a stage is finished."""

    def __init__(self, stream: TextIOBase) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageFinished):
            self._stream.write(f"{finished_line(event)}\n")
            self._stream.flush()


class TerminalProgress:
    """Shows the running stage as a bar with the time left, and a line for each finished one."""

    def __init__(self, stream: TextIOBase) -> None:
        self._console = Console(file=cast(TextIO, stream), highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._total: float | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case StageStarted():
                self._start(event)
            case StageAdvanced() if self._bar is not None and event.fraction is not None:
                self._bar.update(self._bar.task_ids[0], completed=event.fraction, total=1.0)
            case StageAborted():
                self.close()
            case StageFinished():
                self.close()
                self._console.print(finished_line(event), markup=False)

    def close(self) -> None:
        """Take the unfinished bar away, so that what is written next stands on a line of its own."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self, event: StageStarted) -> None:
        self.close()
        columns = (TextColumn(f"{{task.description:<{NAME_WIDTH}}}", markup=False), BarColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._bar.add_task(event.name, total=None)
        self._bar.start()


class JsonProgress:
    """Writes every event as one JSON object a line; of a preview picture only that there is one, and its size."""

    def __init__(self, stream: TextIOBase) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        self._stream.write(json.dumps(as_json(event)) + "\n")
        self._stream.flush()


def as_json(event: Event) -> dict[str, object]:
    """An event in plain JSON values; `event` names its class."""
    kind: dict[str, object] = {"event": type(event).__name__}
    if isinstance(event, PreviewPicture):
        height, width = event.rgb.shape[:2]
        return kind | {"stage": event.stage, "height": height, "width": width}
    return kind | asdict(event)


SHOWN: dict[str, Callable[[TextIOBase], Listener]] = {
    "json": JsonProgress,
    "plain": PlainProgress,
    "bars": TerminalProgress,
}


def make_listeners(progress: str, stream: TextIOBase | None = None) -> list[Listener]:
    """The listeners of a setting: `auto`, `bars`, `plain`, `json` or `none`.

    Args:
        progress: `auto` shows bars in a terminal and plain lines elsewhere.
        stream: where to write; standard error if none is given.

    Raises:
        ValueError: there is no such setting.
    """
    out = cast(TextIOBase, sys.stderr) if stream is None else stream
    if progress == "none":
        return []
    if progress == "auto":
        progress = "bars" if out.isatty() else "plain"
    if progress not in SHOWN:
        names = ", ".join(["auto", *SHOWN, "none"])
        raise ValueError(f"expected progress to be one of {names}, got progress={progress}")
    return [SHOWN[progress](out)]
