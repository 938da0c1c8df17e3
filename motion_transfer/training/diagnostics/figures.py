"""Line figures as SVG text, so that diagnostics need no plotting library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#333333")  # Okabe and Ito 2008


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
    points = [_points(curve) for curve in curves]
    x_range = _range([x for line in points for x, _ in line])
    y_range = _range([y for line in points for _, y in line])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_range[0]) / (x_range[1] - x_range[0]) * (WIDTH - LEFT - RIGHT)
        up = (y - y_range[0]) / (y_range[1] - y_range[0]) * (HEIGHT - TOP - BOTTOM)
        return LEFT + across, HEIGHT - BOTTOM - up

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 22, title, anchor="middle", size=15),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, anchor="middle"),
        f'<g transform="rotate(-90)">{_text(-(HEIGHT - BOTTOM + TOP) / 2, 16, y_label, anchor="middle")}</g>',
    ]
    for index in range(5):
        x = x_range[0] + index / 4 * (x_range[1] - x_range[0])
        y = y_range[0] + index / 4 * (y_range[1] - y_range[0])
        across, up = place(x, y)
        parts.append(_text(across, HEIGHT - BOTTOM + 16, f"{x:.4g}", anchor="middle"))
        parts.append(_text(LEFT - 6, up + 4, f"{y:.3g}", anchor="end"))
        parts.append(f'<path d="M{LEFT} {up:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
    for index, (curve, line) in enumerate(zip(curves, points, strict=True)):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{across:.1f},{up:.1f}" for across, up in (place(x, y) for x, y in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        dots = (place(x, y) for x, y in line) if len(line) <= 20 else ()
        parts += [f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{colour}"/>' for across, up in dots]
        parts.append(_text(WIDTH - RIGHT + 10, TOP + 16 * (index + 1), curve.name, colour=colour))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _points(curve: Curve) -> list[tuple[float, float]]:
    if len(curve.x) != len(curve.y):
        raise ValueError(f"expected as many x as y, got {len(curve.x)} and {len(curve.y)} of {curve.name}; match them")
    points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if math.isfinite(x) and math.isfinite(y)]
    if not points:
        raise ValueError(f"expected finite points, got none of {curve.name}; check what was measured")
    return points


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = "black") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
    )
