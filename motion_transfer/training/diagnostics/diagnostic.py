"""What one measurement of a trained network found: numbers, a figure, and a sentence that says what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One measurement.

    Attributes:
        name: of its figure's file, without the ending, and of its entry in a report.
        sentence: what the numbers mean for the user.
        numbers: what was measured, as JSON holds it.
        figure: SVG text.
    """

    name: str
    sentence: str
    numbers: Mapping[str, Any]
    figure: str
