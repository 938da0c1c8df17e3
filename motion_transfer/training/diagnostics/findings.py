"""What an experiment found about a published effect, and how it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One effect.

    Attributes:
        name: of the figure's file, without its ending.
        paper: that published the effect.
        effect: as published.
        reproduced: whether its direction showed here.
        measured: what was seen, in a sentence.
        figure: SVG text.
    """

    name: str
    paper: str
    effect: str
    reproduced: bool
    measured: str
    figure: str


def write_findings(findings: Sequence[Finding], directory: Path) -> None:
    """Write a figure per finding and `findings.md` with a paragraph for each."""
    directory.mkdir(parents=True, exist_ok=True)
    paragraphs = []
    for finding in findings:
        (directory / f"{finding.name}.svg").write_text(finding.figure)
        verdict = "Reproduced" if finding.reproduced else "NOT reproduced"
        paragraphs.append(f"**{finding.name}** ({finding.paper}): {finding.effect} {verdict}: {finding.measured}\n")
    (directory / "findings.md").write_text("\n".join(paragraphs))
