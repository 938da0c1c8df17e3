"""A figure shows its curves' finite points, is the same twice, and refuses what it cannot draw."""

import xml.etree.ElementTree as ElementTree

import pytest

from motion_transfer.training.diagnostics.figures import Curve, line_figure

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*curves: Curve) -> str:
    return line_figure(curves, title="T", x_label="x", y_label="y")


def test_finite_points_are_marked_where_they_lie_and_the_name_is_text() -> None:
    figure = ElementTree.fromstring(drawn(Curve(name="a < b", x=[0, 1, 2, 4], y=[5, float("nan"), -5, 0])))
    assert {"a < b", "T", "x", "y"} <= set(figure.itertext())
    lines = [
        [(float(mark.attrib["x"]), float(mark.attrib["y"])) for mark in group.iter(f"{SVG}use")]
        for group in figure.iter(f"{SVG}g")
        if group.attrib.get("id", "").startswith("line2d")
    ]
    first, middle, last = next(points for points in lines if len(points) == 3)
    assert (middle[0] - first[0]) / (last[0] - first[0]) == pytest.approx(0.5, abs=1e-4)
    assert (last[1] - first[1]) / (middle[1] - first[1]) == pytest.approx(0.5, abs=1e-4)
    assert first[1] < middle[1]  # y points down in SVG: the larger value lies higher


@pytest.mark.slow
def test_the_same_curves_give_the_same_file() -> None:
    curve = Curve(name="n", x=range(40), y=[float(i**2) for i in range(40)])
    assert drawn(curve) == drawn(curve)


def test_a_figure_of_nothing_is_refused() -> None:
    for curves in ([], [Curve(name="n", x=[0], y=[])], [Curve(name="n", x=[0], y=[float("nan")])]):
        with pytest.raises(ValueError, match=r"expected .*got .*; "):
            drawn(*curves)
