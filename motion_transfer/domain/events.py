"""What a run reports while it works: one value for each thing that a listener may show or store.

A stage is named by an identifier such as `source_detect`, which programs read, and by a phrase, which people read.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from motion_transfer.domain.value import value


@value
class StageStarted:
    """A stage has begun; `total` counts its frames, None where it does not go by frames."""

    stage: str
    name: str
    total: int | None


@value
class StageAdvanced:
    """A stage has come further; `fraction` in [0, 1] of its work is done, None where that is not known."""

    stage: str
    done: int
    fraction: float | None


@value
class PreviewPicture:
    """An intermediate result of a stage, for people to look at."""

    stage: str
    rgb: UInt8[np.ndarray, "height width 3"]


@value
class Fallback:
    """Something did not go as planned and another way was taken, in one sentence."""

    stage: str
    sentence: str


@value
class StageAborted:
    """A stage has ended without a result: it failed or was cancelled."""

    stage: str


@value
class StageFinished:
    """A stage has ended; `cached` if its result was found from an earlier run.

    Attributes:
        frames: how many it worked on, None where it does not go by frames.
    """

    stage: str
    name: str
    seconds: float
    frames: int | None
    cached: bool

    @property
    def frames_per_second(self) -> float | None:
        """The stage's speed; None where it has no frames or computed nothing."""
        return None if self.frames is None or self.cached or self.seconds <= 0 else self.frames / self.seconds


Event = StageStarted | StageAdvanced | PreviewPicture | Fallback | StageAborted | StageFinished
Listener = Callable[[Event], None]
