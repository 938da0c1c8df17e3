"""Self-reenactment on held-out frames: learn from a clip's first part, render its last part from the pose alone."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motion_transfer.body.model import licence_of
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.baselines import nearest_neighbours, temporal_median
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.evaluation.patches import PatchDistance
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.evaluation.report import Report, Scores, write_report
from motion_transfer.evaluation.sheet import SheetCollector
from motion_transfer.files.clips import part_of
from motion_transfer.files.pictures import write_png
from motion_transfer.fitting.estimation import KnownPerson
from motion_transfer.performers.performer import Performer, pose_features
from motion_transfer.performers.self_reenactment import self_reenact
from motion_transfer.pipeline import check_long_enough, detect, learn_from, register_target, stabilize
from motion_transfer.protocols.split import Split
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.held_out import register_held_out
from motion_transfer.registration.rerender import rerender
from motion_transfer.run import Run, Stage
from motion_transfer.stages import Stages

COLUMNS, ROW_PX = 8, 256
ROWS = ("truth", "result", "baked texture", "nearest training frame")
METHODS = ("performer", "nearest_neighbour", "temporal_median", "baked_texture")
REGISTER_TEST = Stage(name="register", phrase="fit and register")
REENACT = Stage(name="reenact", phrase="reenact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Scores by method, and a contact sheet of the frames."""

    scores: Mapping[str, Scores]
    sheet: Frame


def evaluate(clip: Clip, split: Split, output: Path, stages: Stages, run: Run) -> Report:
    """Learn from the training part and be measured on the test part, of which only the pose is estimated.

    Writes the report to `output` and a contact sheet beside it.

    Raises:
        ValueError: the training part is too short.
    """
    check_long_enough(part_of(clip, split.first, split.split))
    whole = stabilize(clip, run, "clip")
    training, test = part_of(whole, split.first, split.split), part_of(whole, split.split, split.stop)
    learned_from = register_target(training, stages, run, "training")
    learned = learn_from(learned_from, training, stages, run)
    person = KnownPerson(shape=learned_from.capture.motion.shape, camera=learned_from.capture.camera)
    detections = detect(test, stages, run, "test")
    with tempfile.TemporaryDirectory() as folder:
        with run.stage(REGISTER_TEST, "test", len(test)) as step:
            estimate, registrar = stages.estimator.stage, stages.register_target.stage
            fitted = estimate(test.video, detections, person=person, advance=lambda: step.advance(0))
            footage = register_held_out(
                Path(folder), test.video, fitted, learned_from, registrar, lambda: step.advance(0)
            )
        measured = measure(learned.performer, learned_from, footage, training, stages, run)
    scores = dict(measured.scores)
    write_png(output.with_suffix(".png"), measured.sheet)
    path = " ".join(str(path) for path in clip.paths)
    report = Report(
        source=path,
        target=path,
        output=None,
        stages=dict(run.costs),
        fit={"target": learned_from.capture.quality, "test": footage.capture.quality},
        retargeting=None,
        reenactment=scores.pop("performer"),
        training=learned.performer.facts.training,
        review_frames=(),
        fallbacks=learned.performer.facts.fallbacks,
        licence=licence_of(learned.performer.model),
        peak_memory_mb=peak_memory_mb(),
        versions=versions(),
        seed=stages.seed,
        baselines=scores,
    )
    write_report(output, report)
    return report


def measure(
    performer: Performer,
    learned_from: RegisteredFootage,
    footage: RegisteredFootage,
    training: Clip,
    stages: Stages,
    run: Run,
) -> Measured:
    """Scores of the performer and of what needs no performer, in the person's crop of the test frames."""
    nearest = _nearest_frames(learned_from, footage, training)
    median = temporal_median(training.video.open_frames(), len(training))
    indices = list(range(len(footage.crops)))
    scores, patches = {name: ClipScore() for name in METHODS}, {name: PatchDistance() for name in METHODS}
    sheet = SheetCollector(ROWS, COLUMNS, len(indices), ROW_PX)
    with run.stage(REENACT, "test", len(indices)) as step:
        frames = self_reenact(performer, footage, indices, stages.synthesizer)
        for index, frame in zip(indices, frames, strict=True):
            textured = _textured(footage, index)
            pictures = {
                "performer": frame.painted,
                "nearest_neighbour": nearest[index],
                "temporal_median": footage.crops.crop(index, median),
                "baked_texture": textured,
            }
            for name, picture in pictures.items():
                scores[name].add(picture, frame.truth, frame.person, frame.held)
                patches[name].add(picture, frame.truth, frame.person & ~frame.held)
            shown = frame.truth, frame.painted, textured, nearest[index]
            for row, picture in zip(ROWS, shown, strict=True):
                sheet.add(row, index, picture)
            step.advance()
    found = {name: {**score.summary(), "patch_mmd": patches[name].value()} for name, score in scores.items()}
    return Measured(scores=found, sheet=sheet.sheet(float(footage.capture.motion.fps)))


def _textured(footage: RegisteredFootage, index: int) -> Frame:
    """The body with its baked texture over the plate in a crop, without any network."""
    inside = footage.crops.inside(index, footage.capture.camera.size)[..., None] > 0
    rendered = rerender(footage.crops, index, footage.body, footage.capture, footage.texture)
    return rendered.textured * inside


def _nearest_frames(
    learned_from: RegisteredFootage, footage: RegisteredFootage, training: Clip
) -> dict[int, np.ndarray]:
    """For every test frame the training frame of the most similar pose, seen through the test frame's crop."""
    training_features = pose_features(learned_from.capture.motion)
    nearest = nearest_neighbours(training_features, pose_features(footage.capture.motion)).tolist()
    return {
        index: footage.crops.crop(index, picture)
        for frame, picture in training.video.pick(nearest)
        for index, wanted in enumerate(nearest)
        if wanted == frame
    }
