"""One run of the pipeline: where results are kept, who listens, and whether it has been cancelled; nothing else.

Stages know nothing of it. The pipeline wraps each of them in `record`, `folder` or `stage`, which find the result of an
earlier run, report events and raise `Cancelled` where the run was cancelled.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from motion_transfer.cancellation import Cancelled, raise_in
from motion_transfer.domain.events import (
    Event,
    Fallback,
    Listener,
    PreviewPicture,
    StageAborted,
    StageAdvanced,
    StageFinished,
    StageStarted,
)
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video
from motion_transfer.files.cache import Cache

T = TypeVar("T")
Inputs = tuple[object, ...]
INSIST_EVERY_S = 1.0  # long enough for a stage to clean up after the first exception


@value
class Stage:
    """A stage of the pipeline.

    Attributes:
        name: its identifier, under which its results are stored.
        phrase: the same for people.
        version: of its algorithm; raise it when results change, so that older ones are computed again.
        packages: of others, whose versions shape its results.
    """

    name: str
    phrase: str
    version: int = 1
    packages: tuple[str, ...] = ()

    def id(self, role: str) -> str:
        """The identifier of the stage for the clip that plays a role, such as `source_detect`."""
        return f"{role}_{self.name}" if role else self.name


class Step:
    """A running stage, as the code inside it sees it: report progress here."""

    def __init__(self, run: "Run", started: StageStarted, steps: int | None) -> None:
        self._run, self._started, self._steps = run, started, steps
        self._start = time.perf_counter()
        self.done = 0
        self.cached = False

    def advance(self, frames: int = 1) -> None:
        """Report that so many more frames, or steps, are done."""
        self.done += frames
        self._report(None if not self._steps else min(self.done / self._steps, 1.0))

    def advance_to(self, fraction: float) -> None:
        """Report which fraction of the stage is done, in [0, 1]."""
        self._report(fraction)

    def watch(self, video: Video) -> Video:
        """The same video; every frame that is read from it advances the stage."""
        return replace(video, open_frames=lambda: self._watched(video))

    def preview(self, rgb: np.ndarray) -> None:
        """Show an intermediate result."""
        self._run.report(PreviewPicture(stage=self._started.stage, rgb=rgb))

    def finished(self) -> StageFinished:
        """What the stage cost until now."""
        return StageFinished(
            stage=self._started.stage,
            name=self._started.name,
            seconds=time.perf_counter() - self._start,
            frames=self._started.total,
            cached=self.cached,
        )

    def _watched(self, video: Video) -> Iterator[np.ndarray]:
        for frame in video.open_frames():
            yield frame
            self.advance()

    def _report(self, fraction: float | None) -> None:
        self._run.raise_if_cancelled()
        self._run.report(StageAdvanced(stage=self._started.stage, done=self.done, fraction=fraction))


class Run:
    """Cache, events and cancellation of one run.

    Args:
        cache: where results are kept and found again.
        listeners: are told every event, in order, in the thread that causes it.
        after_each: tidies up after each stage.

    Attributes:
        costs: what every finished stage cost, by its identifier, in order.
    """

    def __init__(
        self, cache: Cache, listeners: Iterable[Listener] = (), *, after_each: Callable[[], None] = lambda: None
    ) -> None:
        self.cache = cache
        self.costs: dict[str, StageFinished] = {}
        self._listeners, self._after_each = tuple(listeners), after_each
        self._cancelled, self._finishing = threading.Event(), threading.Event()
        self._working: dict[int, int] = {}  # how many stages each thread is inside of
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """End the run: `Cancelled` is raised in whichever thread works in a stage. Everything stored stays.

        The exception reaches a thread between two Python instructions, so that no stage has to ask. Python swallows one
        that arrives inside of a destructor; it is raised again while a thread goes on working.
        """
        self._cancelled.set()
        self._interrupt()
        threading.Thread(target=self._insist, daemon=True, name="cancel").start()

    def finish_training(self) -> None:
        """Stop a training now, or the next one at its start, and go on with the best checkpoint so far."""
        self._finishing.set()

    def should_finish_training(self) -> bool:
        """Whether `finish_training` was called."""
        return self._finishing.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if the run was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def report(self, event: Event) -> None:
        """Pass an event to all listeners."""
        for listener in self._listeners:
            listener(event)

    def report_fallback(self, stage: str, sentence: str) -> None:
        """Report that another way had to be taken."""
        self.report(Fallback(stage=stage, sentence=sentence))

    @contextmanager
    def stage(
        self, stage: Stage, role: str = "", total: int | None = None, *, steps: int | None = None
    ) -> Iterator[Step]:
        """Time a stage and report its start and end; the costs of one that runs again add up.

        Args:
            role: of the clip that it works on, e.g. `source`; empty where that is clear.
            total: frames that it works on.
            steps: calls of `advance` until it is done; as many as frames if None.
        """
        self.raise_if_cancelled()
        name = f"{role}: {stage.phrase}" if role else stage.phrase
        started = StageStarted(stage=stage.id(role), name=name, total=total)
        self.report(started)
        step = Step(self, started, total if steps is None else steps)
        try:
            with self._interruptible():
                yield step
            self.raise_if_cancelled()
        except BaseException:
            self.report(StageAborted(stage=started.stage))
            raise
        cost = step.finished()
        self.report(cost)
        self.costs[cost.stage] = _added(self.costs.get(cost.stage), cost)
        self._after_each()

    def record(
        self,
        stage: Stage,
        role: str,
        inputs: Inputs,
        kind: type[T],
        compute: Callable[[Step], T],
        *,
        total: int | None,
        steps: int | None = None,
        about: str = "",
    ) -> T:
        """The stored value of a stage, or the one that `compute` gives, which is then stored.

        Args:
            inputs: all that the value depends on beside the stage's version, as `Cache.key` takes it; the key of the
                step before among them.
            about: whose it is, for people.
        """
        with self.stage(stage, role, total, steps=steps) as step:
            key = self.key(stage, inputs)
            found, step.cached = self.cache.record(stage.name, key, kind, lambda: compute(step), about=about)
        return found

    def folder(
        self,
        stage: Stage,
        role: str,
        inputs: Inputs,
        fill: Callable[[Path, Step], None],
        *,
        total: int | None = None,
        steps: int | None = None,
        about: str = "",
    ) -> Path:
        """The stored folder of a stage, or a new one that `fill` writes its files into; the rest as for `record`."""
        with self.stage(stage, role, total, steps=steps) as step:
            key = self.key(stage, inputs)
            found, step.cached = self.cache.folder(stage.name, key, lambda folder: fill(folder, step), about=about)
        return found

    def key(self, stage: Stage, inputs: Inputs) -> str:
        """Under which the result of a stage is stored."""
        return self.cache.key(stage.name, stage.version, self.cache.versions(stage.packages), *inputs)

    def _interrupt(self) -> bool:
        """Raise `Cancelled` in all threads that work in a stage; whether there are any."""
        with self._lock:
            for thread in self._working:
                raise_in(thread, Cancelled)
            return bool(self._working)

    def _insist(self) -> None:
        while True:
            time.sleep(INSIST_EVERY_S)
            if not self._interrupt():
                return

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        thread = threading.get_ident()
        with self._lock:
            self._working[thread] = self._working.get(thread, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._working[thread] -= 1
                if not self._working[thread]:
                    del self._working[thread]
                    raise_in(thread, None)  # one that was on its way must not arrive after the run


def _added(before: StageFinished | None, now: StageFinished) -> StageFinished:
    if before is None:
        return now
    return replace(
        now,
        seconds=before.seconds + now.seconds,
        frames=None if now.frames is None else (before.frames or 0) + now.frames,
        cached=before.cached and now.cached,
    )
