"""The report of one run: `report.json` for programs, a few lines in words for people."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer.domain.body_motion import FitQuality
from motion_transfer.domain.events import StageFinished
from motion_transfer.domain.quality import HeldOutScores, RetargetingQuality, TrainingRun
from motion_transfer.domain.value import value
from motion_transfer.evaluation.review import ReviewFrame
from motion_transfer.evaluation.sanity import Sanity
from motion_transfer.evaluation.summary import quality_lines, time_line, video_line
from motion_transfer.evaluation.timelines import Timelines
from motion_transfer.files.replacing import replacing

Scores = Mapping[str, float | int]


@value
class OutputVideo:
    """The video that was written; `audio` says whether it has sound."""

    path: Path
    frames: int
    fps: Fraction
    width: int
    height: int
    audio: bool


@value
class Report:
    """All that is reported of a run. What was not done or not measured is None or empty, a score without value NaN.

    Attributes:
        source: the clip that gives the motion, as the user named it.
        target: the clip that gives the person.
        stages: what every stage cost, by its identifier, in order.
        fit: of `source` and `target`.
        reenactment: scores on frames of the target kept out of training: in the crop where they come with the
            performer (`HeldOutScores`), otherwise in the frame at its own size.
        coverage: of the driven result, as from `CoverageScore.summary`.
        baselines: name to scores of the same kind, on the same frames, as `reenactment`.
        sanity: of the driven result: is a whole person upright in the picture?
        timelines: of the driven result, each in [0, 1].
        detected_pose: of the driven result, as from `pose_scores`, where the person was looked for in it.
        review_frames: frames of the result that a person should look at, worst first.
        fallbacks: what did not go as planned, each in one sentence.
        licence: what the body of the run, and the code that posed it, may be used for.
        peak_memory_mb: 10^6 bytes.
        command: the command line that gives the same run again.
    """

    source: str
    target: str
    output: OutputVideo | None
    stages: Mapping[str, StageFinished]
    fit: Mapping[str, FitQuality]
    retargeting: RetargetingQuality | None
    reenactment: HeldOutScores | Scores | None
    training: TrainingRun | None
    review_frames: tuple[ReviewFrame, ...]
    fallbacks: tuple[str, ...]
    licence: str
    peak_memory_mb: float
    versions: Mapping[str, str]
    seed: int
    coverage: Mapping[str, float | str] | None = None
    baselines: Mapping[str, Scores] | None = None
    sanity: Sanity | None = None
    timelines: Timelines | None = None
    detected_pose: Mapping[str, float] | None = None
    command: str | None = None


def as_json(report: Report) -> dict[str, Any]:
    """The report in plain JSON values: NaN and infinities are null, fractions numbers, paths strings.

    `coverage`, `baselines`, `sanity`, `timelines`, `detected_pose` and `command` are left out where there are none,
    no other key ever is.
    `reenactment` says where it was `measured_in`: in the learned `crop`, or in the `frame` at its own size.
    """
    content = asdict(report)
    content["stages"] = {
        stage: {
            "name": cost.name,
            "seconds": cost.seconds,
            "frames_per_second": cost.frames_per_second,
            "cached": cost.cached,
        }
        for stage, cost in report.stages.items()
    }
    if report.reenactment is not None:
        content["reenactment"]["measured_in"] = "crop" if isinstance(report.reenactment, HeldOutScores) else "frame"
    if report.training is not None:
        del content["training"]["ended"]  # it stands among the fallbacks
        steady, seconds = content["training"].pop("steps_per_s"), report.training.seconds
        whole = report.training.steps / seconds if seconds > 0 else None
        content["training"]["steps_per_second"] = whole if steady is None else steady
        if report.training.gpu_memory_mib is None:
            del content["training"]["gpu_memory_mib"]
    for optional in ("coverage", "baselines", "sanity", "timelines", "detected_pose", "command"):
        if content[optional] is None:
            del content[optional]
    return as_plain(content)


def write_report(path: Path, report: Report) -> None:
    """Write `report.json`: whole or not at all, so that nobody ever reads half a report.

    Raises:
        TypeError: a value is of a kind that JSON cannot hold.
    """
    text = json.dumps(as_json(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as fresh:
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace")  # of a name that is no UTF-8


def summary_lines(report: Report) -> list[str]:
    """The report in words: where the video is, how good it is, what to look at, how long each stage took."""
    content = as_json(report)
    lines = [] if content["output"] is None else [video_line(content["output"])]
    licence = f"Licence of the body: {report.licence}."
    return [*lines, *quality_lines(content), licence, time_line(content["stages"])]


def as_plain(content: Any) -> Any:
    """Values as JSON holds them: NaN and infinities are None, fractions numbers, paths strings."""
    if isinstance(content, Mapping):
        return {str(key): as_plain(child) for key, child in content.items()}
    if isinstance(content, list | tuple):
        return [as_plain(child) for child in content]
    if isinstance(content, np.generic):
        return as_plain(content.item())
    if isinstance(content, Fraction):
        return float(content)
    if isinstance(content, Path):
        return str(content)
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
