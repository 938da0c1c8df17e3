"""Scores of every frame -> the few points that a plot of them needs, however long the clip is."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

MOST_POINTS = 400

# By name, the mean over each of equally long spans of the clip; None where nothing was measured in one.
Timelines: TypeAlias = Mapping[str, tuple[float | None, ...]]


def timelines(scores: Mapping[str, Float[np.ndarray, "frame"]]) -> Timelines:
    """Average the scores over at most `MOST_POINTS` spans."""
    return {name: _thinned(values) for name, values in scores.items()}


def _thinned(values: Float[np.ndarray, "frame"]) -> tuple[float | None, ...]:
    spans = np.array_split(np.asarray(values, np.float64), min(len(values), MOST_POINTS) or 1)
    return tuple(round(float(span[known].mean()), 4) if (known := np.isfinite(span)).any() else None for span in spans)
