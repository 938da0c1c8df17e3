"""A published effect, whether it was reproduced, and how it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEffect:
    """One effect.

    Attributes:
        paper: that published it.
        claim: the effect as published.
        reproduced: whether its direction shows here.
        diagnostic: what was measured here.
    """

    paper: str
    claim: str
    reproduced: bool
    diagnostic: Diagnostic


def diagnostic_of_curves(
    *, name: str, sentence: str, curves: Sequence[Curve], title: str, x_label: str, y_label: str
) -> Diagnostic:
    """Give the diagnostic whose numbers are the points of its figure."""
    numbers = {curve.name: {"x": list(curve.x), "y": list(curve.y)} for curve in curves}
    figure = line_figure(curves, title=title, x_label=x_label, y_label=y_label)
    return Diagnostic(name=name, sentence=sentence, numbers=numbers, figure=figure)


def write_effects(effects: Sequence[PublishedEffect], folder: Path) -> None:
    """Write a figure per effect, and `effects.md` with a paragraph for each."""
    folder.mkdir(parents=True, exist_ok=True)
    paragraphs = []
    for effect in effects:
        found = effect.diagnostic
        (folder / f"{found.name}.svg").write_text(found.figure, encoding="utf-8")
        verdict = "Reproduced" if effect.reproduced else "NOT reproduced"
        paragraphs.append(f"**{found.name}** ({effect.paper}): {effect.claim} {verdict}: {found.sentence}\n")
    (folder / "effects.md").write_text("\n".join(paragraphs), encoding="utf-8")
