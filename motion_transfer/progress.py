"""How far a stage is, on one line each, and how long every stage took, for the report."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TextIO

import numpy as np

from motion_transfer.domain.video import Video

REDRAW_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """What one stage cost. `frames` is None for a stage that does not go by frames."""

    seconds: float
    frames: int | None
    cached: bool

    @property
    def frames_per_second(self) -> float | None:
        return None if self.frames is None or self.cached or self.seconds <= 0 else self.frames / self.seconds


class Stage:
    """One running stage: tell it what has been done and it says when the rest will be."""

    def __init__(self, name: str, total: int | None, stream: TextIO) -> None:
        self.name, self.total, self.done = name, total, 0
        self.cached = False
        self._share = 0.0
        self._stream, self._live = stream, stream.isatty()
        self._start = self._drawn = time.perf_counter()

    def advance(self, frames: int = 1) -> None:
        """Say that so many more frames are done."""
        self.done += frames
        if self._live and time.perf_counter() - self._drawn > REDRAW_EVERY_S:
            self._drawn = time.perf_counter()
            self._stream.write(f"\r\033[K{self._line()}")
            self._stream.flush()

    def share(self, done: float) -> None:
        """Say which share of a stage without frames is done, in [0, 1]."""
        self._share = done
        self.advance(0)

    def watch(self, video: Video) -> Video:
        """The same video; every frame that is read from it advances the stage."""

        def frames() -> Iterator[np.ndarray]:
            for frame in video.open_frames():
                yield frame
                self.advance()

        return replace(video, open_frames=frames)

    def clear(self) -> None:
        """Take back the unfinished line, so that what went wrong stands on a line of its own."""
        if self._live:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def finish(self) -> StageTime:
        """Write the stage's last line and return its cost."""
        seconds = time.perf_counter() - self._start
        how = "found from an earlier run" if self.cached else f"{seconds:.1f} s"
        rate = f", {self.total / seconds:.0f} frames/s" if self.total and not self.cached and seconds > 0 else ""
        self._stream.write(f"{chr(13) + chr(27) + '[K' if self._live else ''}{self.name:<28} {how}{rate}\n")
        self._stream.flush()
        return StageTime(seconds=seconds, frames=self.total, cached=self.cached)

    def _line(self) -> str:
        seconds = time.perf_counter() - self._start
        rate = self.done / seconds if seconds > 0 else 0.0
        if self._share > 0:
            left = seconds / self._share - seconds
            return f"{self.name:<28} {self._share:.0%}  {left:.0f} s left"
        if not self.total:
            return f"{self.name:<28} {seconds:.0f} s"
        left = (self.total - self.done) / rate if rate > 0 else 0.0
        return f"{self.name:<28} {self.done}/{self.total}  {rate:.0f} frames/s  {max(left, 0):.0f} s left"


class Progress:
    """The stages of one run, in order: `times` holds what every finished stage cost; `after_each` tidies up."""

    def __init__(self, stream: TextIO | None = None, after_each: Callable[[], None] = lambda: None) -> None:
        self.times: dict[str, StageTime] = {}
        self._after_each = after_each
        self._stream = sys.stderr if stream is None else stream

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        """Time a stage; one that runs again under the same name adds up."""
        stage = Stage(name, total, self._stream)
        try:
            yield stage
        except BaseException:
            stage.clear()
            raise
        now = stage.finish()
        before = self.times.get(name)
        if before is not None:
            now = replace(
                now,
                seconds=before.seconds + now.seconds,
                frames=None if now.frames is None else (before.frames or 0) + now.frames,
                cached=before.cached and now.cached,
            )
        self.times[name] = now
        self._after_each()
