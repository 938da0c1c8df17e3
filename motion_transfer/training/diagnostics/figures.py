"""Curves -> a line figure as SVG text, drawn by matplotlib."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#333333")  # Okabe and Ito 2008
MOST_MARKED = 20  # points of a curve that are marked one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A named line through points."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def line_figure(curves: Sequence[Curve], *, title: str, x_label: str, y_label: str) -> str:
    """Draw curves over common axes; points that are not finite are left out.

    Raises:
        ValueError: for no curve, or a curve whose x and y differ in length or hold no finite point.
    """
    if not curves:
        raise ValueError("expected at least one curve, got none; pass some")
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for index, curve in enumerate(curves):
        x, y = zip(*_finite_points(curve), strict=True)
        marker = "o" if len(x) <= MOST_MARKED else None
        axes.plot(x, y, label=curve.name, color=COLOURS[index % len(COLOURS)], marker=marker, markersize=4)
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    axes.grid(axis="y", color="#dddddd")
    figure.legend(loc="outside right upper", frameon=False)
    text = io.StringIO()
    # Text stays text, and the same curves give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "motion_transfer"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _finite_points(curve: Curve) -> list[tuple[float, float]]:
    if len(curve.x) != len(curve.y):
        raise ValueError(f"expected as many x as y, got {len(curve.x)} and {len(curve.y)} of {curve.name}; match them")
    points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if math.isfinite(x) and math.isfinite(y)]
    if not points:
        raise ValueError(f"expected finite points, got none of {curve.name}; check what was measured")
    return points
