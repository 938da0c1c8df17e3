"""The verb: a performer, and the record of its training where there is one -> a diagnosis, and its files."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motion_transfer.diagnosis.probes import PosedPerformer, differentiable, render_crop
from motion_transfer.diagnosis.training_record import TrainingRecord
from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.patches import PatchDistance
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.files.pictures import write_png
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.self_reenactment import ScoredFrame, self_reenact
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.run import Run, Stage
from motion_transfer.training.diagnostics.diagnostic import Diagnostic

SHEET_PX, MOST_SHOWN = 256, 12
REENACT = Stage(name="reenact", phrase="held-out frames")
SENSITIVITY = Stage(name="sensitivity", phrase="sensitivity")
STATISTICS = Stage(name="statistics", phrase="patches, sharpness, averaging, margins, snapshots")
PRUNING = Stage(name="channel_pruning", phrase="channel pruning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """The functions `measure_...` of this package with their settings; `diagnose` gives them the rest.

    Attributes:
        channel_pruning: None to leave it out, because it takes minutes.
    """

    sensitivity: Callable[..., Diagnostic]
    patch_statistics: Callable[..., Diagnostic | str]
    sharpness: Callable[..., Diagnostic]
    weight_averaging: Callable[..., Diagnostic | str]
    discriminator_margins: Callable[..., Diagnostic | str]
    snapshot_ensemble: Callable[..., list[Diagnostic]]
    channel_pruning: Callable[..., Diagnostic] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found of a performer.

    Attributes:
        notes: what could not be measured, and why.
        suspects: crops by index of the frame, as rendered: those whose pictures depend most on the body.
    """

    diagnostics: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    suspects: Mapping[int, Frame]


def diagnose(
    performer: Performer,
    record: TrainingRecord | None,
    measurements: Measurements,
    synthesizer: Synthesizer,
    run: Run,
    *,
    seed: int,
) -> Diagnosis:
    """Run the measurements; without a record of the training only the sensitivity."""
    draw, patches = torch.Generator().manual_seed(seed), PatchDistance()
    errors = {} if record is None else _held_out(performer, record, synthesizer, patches, run)
    probed = differentiable(performer, torch.device(synthesizer.device))
    track = synthesizer.track(performer, performer.facts.motion)
    with run.stage(SENSITIVITY) as step:
        sensitivity = measurements.sensitivity(PosedPerformer(probed, track), errors, draw=draw, advance=step.advance)
    shown = sorted(sensitivity.numbers["suspects"][:MOST_SHOWN])
    suspects = {frame: render_crop(performer, frame, synthesizer, track) for frame in shown}
    if record is None:
        note = "The clip was not given: add clip=CLIP, the one it was learned from, to measure more."
        return Diagnosis(diagnostics=(sensitivity,), notes=(note,), suspects=suspects)
    generator = probed.generator
    with run.stage(STATISTICS):
        results = [
            measurements.patch_statistics(patches, draw=draw),
            measurements.sharpness(generator, record, draw=draw),
            measurements.weight_averaging(generator, record),
            measurements.discriminator_margins(generator, record),
            *measurements.snapshot_ensemble(generator, record),
        ]
    if measurements.channel_pruning is not None:
        with run.stage(PRUNING):
            results.append(measurements.channel_pruning(generator, record))
    return Diagnosis(
        diagnostics=(sensitivity, *(result for result in results if isinstance(result, Diagnostic))),
        notes=tuple(result for result in results if isinstance(result, str)),
        suspects=suspects,
    )


def write_diagnosis(diagnosis: Diagnosis, performer: Path, folder: Path) -> None:
    """Write the figures, the suspects' contact sheet and `diagnosis.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in diagnosis.diagnostics:
        (folder / f"{one.name}.svg").write_text(one.figure, encoding="utf-8")
    titles = [f"frame {frame}" for frame in diagnosis.suspects]
    write_png(folder / "suspects.png", contact_sheet({"painted": list(diagnosis.suspects.values())}, titles, SHEET_PX))
    report: dict[str, Any] = {one.name: {"meaning": one.sentence, **one.numbers} for one in diagnosis.diagnostics}
    text = json.dumps({"performer": str(performer), **report, "notes": diagnosis.notes}, indent=1, allow_nan=False)
    (folder / "diagnosis.json").write_text(text, encoding="utf-8")


def _held_out(
    performer: Performer, record: TrainingRecord, synthesizer: Synthesizer, patches: PatchDistance, run: Run
) -> dict[int, float]:
    """Render the held-out frames at their own size: their errors by index of the frame, and their patches.

    Args:
        patches: gathers those of the person.
    """
    footage, crops, errors = record.training_set.footage, record.held_out_crops, {}
    with run.stage(REENACT, total=len(crops)) as step:
        frames = self_reenact(performer, footage, record.video, crops, synthesizer)
        for crop, seen in zip(crops, frames, strict=True):
            patches.add(seen.painted, seen.truth, seen.person & ~seen.held)
            error = _person_rmse(seen)
            if error is not None:
                errors[footage.crops.frames[crop]] = error
            step.advance()
    return errors


def _person_rmse(seen: ScoredFrame) -> float | None:
    """Root mean square error of the person without held objects, in grey levels; None without a person."""
    where = seen.person & ~seen.held
    if not where.any():
        return None
    return float(np.sqrt(np.square(seen.painted[where].astype(np.float64) - seen.truth[where]).mean()))
