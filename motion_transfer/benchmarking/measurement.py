"""Measurements: repeated numbers with a unit, and the bar that their median has to reach."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A limit that a value has to reach: at least `limit`, or at most."""

    limit: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        """Return whether a value reaches the bar."""
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured quantity.

    Attributes:
        repeats: values in order, without the warm-up; the median counts.
    """

    name: str
    unit: str
    bar: Bar
    repeats: Sequence[float]

    def __post_init__(self) -> None:
        if not self.repeats:
            raise ValueError(f"expected at least one measurement of {self.name}, got none; set repeats=1 or more")

    @property
    def value(self) -> float:
        return float(statistics.median(self.repeats))

    @property
    def met(self) -> bool:
        return self.bar.met(self.value)

    def as_json(self) -> dict[str, float | str | bool | list[float]]:
        """Give the measurement as JSON holds it."""
        return {
            "value": self.value,
            "unit": self.unit,
            "bar": str(self.bar),
            "met": self.met,
            "repeats": [float(value) for value in self.repeats],
        }


def seconds_of(run: Callable[[], object], repeats: int) -> list[float]:
    """Time a call `repeats` times, after one call to warm up."""
    run()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return taken


def rates_of(run: Callable[[], object], frames: int, repeats: int) -> list[float]:
    """Give the frames per second of a call that works on `frames`, after one call to warm up."""
    return [frames / seconds for seconds in seconds_of(run, repeats)]


def table(measurements: Sequence[Measurement]) -> str:
    """Give one line a measurement: name, median, spread, bar, and whether it is met."""
    rows: list[tuple[str, ...]] = [("measurement", "median", "lowest", "highest", "unit", "bar", "met")]
    for one in measurements:
        numbers = (one.value, min(one.repeats), max(one.repeats))
        verdict = "yes" if one.met else "NO"
        rows.append((one.name, *(f"{number:.4g}" for number in numbers), one.unit, str(one.bar), verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
