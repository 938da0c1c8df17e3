"""The experiment shows the published effects, twice the same, and leaves figures that a browser reads."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import torch

from motion_transfer.training.diagnostics.experiment import run_experiment
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.findings import write_findings


@pytest.mark.slow
def test_every_published_effect_shows_and_is_written_down(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    findings = run_experiment(0)
    assert torch.equal(torch.get_rng_state(), before)
    assert [finding.name for finding in findings if not finding.reproduced] == []
    write_findings(findings, tmp_path / "figures")
    text = (tmp_path / "figures" / "findings.md").read_text()
    for finding in findings:
        assert finding.measured in text
        ElementTree.parse(tmp_path / "figures" / f"{finding.name}.svg")


def test_a_figure_holds_its_curves_within_its_axes() -> None:
    curve = Curve(name="a < b", x=[0, 1, 2, 3], y=[5, float("nan"), -5, 0])
    figure = ElementTree.fromstring(line_figure([curve], title="T", x_label="x", y_label="y"))
    line = figure.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points == [(70, 40), (350, 350), (490, 195)]
    assert "a < b" in "".join(figure.itertext())


def test_a_figure_of_nothing_is_refused() -> None:
    for curves in ([], [Curve(name="n", x=[0], y=[])], [Curve(name="n", x=[0], y=[float("nan")])]):
        with pytest.raises(ValueError, match=r"expected .*got .*; "):
            line_figure(curves, title="", x_label="", y_label="")
