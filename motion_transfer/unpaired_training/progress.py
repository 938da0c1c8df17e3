"""The progress of a training's stages, told to listeners as that of any run."""

import time
from collections.abc import Sequence

from motion_transfer.domain.events import Listener, StageAdvanced, StageFinished, StageStarted


class StageReporter:
    """Turns the shares that stages tell into events."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._begun: dict[str, float] = {}

    def __call__(self, name: str, share: float) -> None:
        """A stage has come so far."""
        phrase = name.replace("_", " ")
        if name not in self._begun:
            self._begun[name] = time.monotonic()
            self._tell(StageStarted(stage=name, name=phrase, total=None))
        self._tell(StageAdvanced(stage=name, done=0, fraction=share))
        if share >= 1:
            seconds = time.monotonic() - self._begun.pop(name)
            self._tell(StageFinished(stage=name, name=phrase, seconds=seconds, frames=None, cached=False))

    def _tell(self, event: StageStarted | StageAdvanced | StageFinished) -> None:
        for listener in self._listeners:
            listener(event)
