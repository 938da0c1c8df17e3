"""Schedules: the progress of a training, in [0, 1] -> a factor on the learning rate, or on any other weight.

Progress may count steps, images or seconds of a budget. Every schedule is a pure function whose settings are keyword
arguments, so that a YAML file makes one with `_partial_: true`.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import cos, pi, prod
from typing import Any

from torch.optim import Optimizer

Schedule = Callable[[float], float]


def constant(progress: float, *, factor: float) -> float:
    """Give `factor` throughout."""
    _check_progress(progress)
    return factor


def constant_then_linear(progress: float, *, hold: float, end: float) -> float:
    """Give 1 until `hold`, then fall linearly to `end`; hold 0.5 and end 0 is pix2pix's schedule."""
    _check_progress(progress)
    _check_fraction("hold", hold)
    if progress <= hold:
        return 1.0
    return 1.0 + (end - 1.0) * (progress - hold) / (1.0 - hold)


def step(progress: float, *, boundaries: Sequence[float], factor: float) -> float:
    """Give `factor` to the power of the number of boundaries that progress has reached."""
    _check_progress(progress)
    if list(boundaries) != sorted(boundaries):
        raise ValueError(f"expected boundaries in rising order, got {list(boundaries)}; sort them")
    return factor ** sum(progress >= boundary for boundary in boundaries)


def exponential(progress: float, *, end: float) -> float:
    """Decay exponentially from 1 to `end`."""
    _check_progress(progress)
    _check_positive("end", end)
    return end**progress


def inverse_time(progress: float, *, end: float) -> float:
    """Decay as 1 / (1 + c t) from 1 to `end` (Robbins and Monro 1951)."""
    _check_progress(progress)
    _check_positive("end", end)
    return 1.0 / (1.0 + (1.0 / end - 1.0) * progress)


def cosine(progress: float, *, end: float) -> float:
    """Decay along half a cosine from 1 to `end` (Loshchilov and Hutter 2017, eq. 5)."""
    _check_progress(progress)
    return end + (1.0 - end) * (1.0 + cos(pi * progress)) / 2.0


def warm_up(progress: float, *, fraction: float, start: float) -> float:
    """Rise linearly from `start` to 1 over the first `fraction`, then stay at 1 (Goyal et al. 2017)."""
    _check_progress(progress)
    _check_fraction("fraction", fraction)
    if progress >= fraction:
        return 1.0
    return start + (1.0 - start) * progress / fraction


def compose(progress: float, *, schedules: Sequence[Schedule]) -> float:
    """Give the product of schedules, e.g. of a warm-up and a cosine."""
    _check_progress(progress)
    return prod(schedule(progress) for schedule in schedules)


def join(progress: float, *, schedules: Sequence[Schedule], boundaries: Sequence[float]) -> float:
    """Run one schedule after another, each over its own interval of progress, e.g. cosine restarts.

    Args:
        progress: of the whole.
        schedules: one more than boundaries.
        boundaries: where the next schedule takes over, rising within (0, 1).
    """
    _check_progress(progress)
    edges = [0.0, *boundaries, 1.0]
    if len(schedules) != len(boundaries) + 1 or any(a >= b for a, b in pairwise(edges)):
        raise ValueError(
            f"expected {len(boundaries) + 1} schedules and boundaries rising within (0, 1), got {len(schedules)} "
            f"schedules and boundaries {list(boundaries)}; give one schedule more than boundaries"
        )
    interval = sum(progress >= boundary for boundary in boundaries)
    start, stop = edges[interval], edges[interval + 1]
    return schedules[interval]((progress - start) / (stop - start))


class ProgressSchedule:
    """Sets an optimizer's learning rates to their initial values times the schedule's factor."""

    def __init__(self, optimizer: Optimizer, schedule: Schedule) -> None:
        self.optimizer = optimizer
        self.schedule = schedule
        self.initial_rates = [float(group["lr"]) for group in optimizer.param_groups]
        self.progress = 0.0
        self.set(0.0)

    def set(self, progress: float) -> None:
        """Set the learning rates of the next steps.

        Raises:
            ValueError: the schedule gives a negative factor.
        """
        factor = self.schedule(progress)
        if factor < 0:
            raise ValueError(
                f"expected a factor of at least 0, got {factor} at progress {progress}; check the schedule"
            )
        self.progress = progress
        for group, rate in zip(self.optimizer.param_groups, self.initial_rates, strict=True):
            group["lr"] = rate * factor

    def state_dict(self) -> dict[str, Any]:
        """Give the state from which a training resumes."""
        return {"progress": self.progress, "initial_rates": list(self.initial_rates)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state."""
        self.initial_rates = list(state["initial_rates"])
        self.set(state["progress"])


def _check_progress(progress: float) -> None:
    if not 0 <= progress <= 1:
        raise ValueError(f"expected progress in [0, 1], got {progress}; divide the steps done by all steps")


def _check_fraction(name: str, fraction: float) -> None:
    if not 0 <= fraction < 1:
        raise ValueError(f"expected {name} in [0, 1), got {fraction}; it is a fraction of the whole training")


def _check_positive(name: str, number: float) -> None:
    if not number > 0:
        raise ValueError(f"expected {name} above 0, got {number}; raise it")
