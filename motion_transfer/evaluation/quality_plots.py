"""Measurements -> figures of quality over minutes of training, a curve for each method."""

from collections.abc import Sequence
from pathlib import Path

from motion_transfer.evaluation.measured import Measured
from motion_transfer.files.replacing import replacing
from motion_transfer.training.diagnostics.figures import Curve, line_figure

METRICS = {
    "psnr_person": "PSNR of the person (dB)",
    "detail": "detail over the truth's",
    "patch_mmd": "patch MMD",
    "pose_error": "pose error (% of the height)",
}


def write_quality_plots(measured: Sequence[Measured], folder: Path) -> list[Path]:
    """Write an SVG for each metric that has values."""
    paths = []
    for metric, label in METRICS.items():
        curves = []
        for method in dict.fromkeys(one.method for one in measured):
            points = sorted(means(measured, method, metric).items())
            if points:
                curves.append(Curve(name=method, x=[x for x, _ in points], y=[y for _, y in points]))
        if curves:
            path = folder / f"{metric}.svg"
            text = line_figure(curves, title="Mean over subjects", x_label="minutes of training", y_label=label)
            with replacing(path) as fresh:
                fresh.write_text(text, encoding="utf-8")
            paths.append(path)
    return paths


def means(measured: Sequence[Measured], method: str, metric: str) -> dict[float, float]:
    """Minutes of training with a method -> mean of a metric over the subjects for which it has a value."""
    scores: dict[float, list[float]] = {}
    for one in measured:
        score = one.scores["performer"].get(metric)
        if one.method == method and score is not None and score == score:
            scores.setdefault(one.minutes, []).append(float(score))
    return {minutes: sum(found) / len(found) for minutes, found in scores.items()}
