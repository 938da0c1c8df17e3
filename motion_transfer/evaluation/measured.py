"""Measurements with all that they depend on, as values and as JSON."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from motion_transfer.domain.quality import TrainingRun
from motion_transfer.domain.value import value
from motion_transfer.evaluation.provenance import Machine
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing

Kind = Literal["pair", "clip"]
MOST_BYTES = 1 << 24


@value
class Setup:
    """What was measured on what.

    Attributes:
        code: digest of the package and its settings.
        commit: of the checkout; None for an installed package.
        versions: of Python and the packages.
    """

    code: str
    commit: str | None
    machine: Machine
    versions: Mapping[str, str]


@value
class StageCost:
    """What a stage cost; `seconds` is None where its result was found from an earlier run."""

    name: str
    seconds: float | None


@value
class Measured:
    """One subject measured with one method.

    Attributes:
        kind: `pair` for cross-reenactment of a synthetic pair, `clip` for self-reenactment of a clip's last frames.
        subject: its name for people.
        method: the setting that tells it from the others, such as `condition=stick` or `experiment=pix2pix`.
        minutes: of training, as asked for.
        scores: by method, then by metric; None where a metric has no value.
        stages: by identifier, in order.
        date: when it was measured, ISO 8601.
        load: the machine's load average before; that of other programs.
    """

    kind: Kind
    subject: str
    method: str
    minutes: float
    training: TrainingRun
    scores: Mapping[str, Mapping[str, float | int | None]]
    stages: Mapping[str, StageCost]
    fallbacks: tuple[str, ...]
    date: str
    load: float
    setup: Setup


def write_measured(path: Path, measured: Measured | Sequence[Measured]) -> None:
    """Write one measurement, or several as a list; NaN becomes null."""
    content = [_plain(one) for one in measured] if isinstance(measured, Sequence) else _plain(measured)
    with replacing(path) as fresh:
        fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_measured(path: Path) -> Measured:
    """Read one measurement.

    Raises:
        FileNotFoundError: there is no file.
        ValueError: the file holds none.
    """
    with reading("a measurement", path, remedy="delete it to measure anew", most_bytes=MOST_BYTES):
        content = json.loads(path.read_text(encoding="utf-8"))
        setup = content["setup"]
        content["setup"] = Setup(**(setup | {"machine": Machine(**setup["machine"])}))
        content["training"] = TrainingRun(**content["training"])
        content["stages"] = {stage: StageCost(**cost) for stage, cost in content["stages"].items()}
        return Measured(**(content | {"fallbacks": tuple(content["fallbacks"])}))


def _plain(measured: Measured) -> dict[str, Any]:
    content = dataclasses.asdict(measured)
    content["scores"] = {
        method: {name: score if score is None or math.isfinite(score) else None for name, score in scores.items()}
        for method, scores in measured.scores.items()
    }
    return content
