"""Self-reenactment on held-out frames: learn from a clip's first part, render its last part from the pose alone."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from motion_transfer.body.model import licence_of
from motion_transfer.detected_pose import detected_pose
from motion_transfer.detection import CLIP, detect, find_person, part_of_found
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.video import Frame, Video
from motion_transfer.evaluation.baselines import temporal_median
from motion_transfer.evaluation.pose_error import filmed_pose
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.evaluation.report import Report, Scores, write_report
from motion_transfer.files.clips import part_of
from motion_transfer.files.kept_frames import KeptFrames
from motion_transfer.files.pictures import write_png
from motion_transfer.fitting.estimation import KnownPerson
from motion_transfer.landmarks.mediapipe_face import MediapipeFace
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.self_reenactment import self_reenact
from motion_transfer.pipeline import check_long_enough, learn_from, register_target
from motion_transfer.protocols.comparison import BodyBoxes, Comparison
from motion_transfer.protocols.method_sheet import ShownFrames
from motion_transfer.protocols.nearest_frames import NearestFrames
from motion_transfer.protocols.split import Split
from motion_transfer.registration.footage import RegisteredFootage, posed_in
from motion_transfer.registration.held_out import register_held_out
from motion_transfer.rendering.textured_body import draw_textured
from motion_transfer.run import Run, Stage
from motion_transfer.stages import Stages

METHODS = ("performer", "nearest_neighbour", "temporal_median", "baked_texture")
DRIVEN = ("performer", "baked_texture")
ROWS = {"result": "performer", "baked texture": "baked_texture", "nearest training frame": "nearest_neighbour"}
REGISTER_TEST = Stage(name="register", phrase="fit and register")
REENACT = Stage(name="reenact", phrase="reenact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Scores by method, a contact sheet of the frames, and frames for a sheet of several methods."""

    scores: Mapping[str, Scores]
    sheet: Frame
    shown: ShownFrames


def evaluate(clip: Clip, split: Split, output: Path, stages: Stages, run: Run, shown: Path | None = None) -> Report:
    """Learn from the training part and be measured on the test part, of which only the pose is estimated.

    Writes the report to `output` and a contact sheet beside it.

    Args:
        shown: a folder for frames of a sheet of several methods; None for none.

    Raises:
        ValueError: the training part is too short.
    """
    training, test = parts(clip, split, stages, run)
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
        measured = measure(learned.performer, learned_from, footage, training.video, test.video, stages, run)
    scores = dict(measured.scores)
    write_png(output.with_suffix(".png"), measured.sheet)
    if shown is not None:
        measured.shown.write(shown)
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


def parts(clip: Clip, split: Split, stages: Stages, run: Run) -> tuple[Clip, Clip]:
    """The training part and the test part of a clip that is held still, upright and of the person's scene alone.

    Frames that a target would be left out of are part of neither.

    Raises:
        ValueError: the training part is too short.
    """
    check_long_enough(part_of(clip, split.first, split.split))
    asked = (split.first, split.stop) == (0, len(clip))
    found = find_person(clip if asked else part_of(clip, split.first, split.stop), stages, run, CLIP)
    left = split.among(len(found.clip))
    training, test = part_of(found.clip, 0, left.split), part_of_found(found, left.split, left.stop)
    check_long_enough(training)
    return training, test


def measure(
    performer: Performer,
    learned_from: RegisteredFootage,
    footage: RegisteredFootage,
    training: Video,
    test: Video,
    stages: Stages,
    run: Run,
) -> Measured:
    """Scores of the performer and of what needs no performer, in the test frames at their own size.

    Frames are streamed; what is needed again waits on disk.

    Args:
        learned_from, footage: registered from the stabilized videos `training` and `test`.
    """
    body, motion, camera = footage.body, footage.capture.motion, footage.capture.camera
    boxes = BodyBoxes.around(body.posed(motion.pose).joints_m, camera)
    median = temporal_median(training.open_frames(), len(training))
    indices = list(range(len(footage.crops)))
    with tempfile.TemporaryDirectory() as name, MediapipeFace().open() as shows_face:
        folder = Path(name)
        kept = {method: KeptFrames(folder / method) for method in DRIVEN}
        comparison = Comparison(METHODS, DRIVEN, ROWS, len(indices), shows_face)
        with run.stage(REENACT, "test", len(indices)) as step:
            nearest = NearestFrames(folder / "nearest", training, learned_from.capture.motion, motion)
            frames = self_reenact(performer, footage, test, indices, stages.synthesizer)
            for index, frame in zip(indices, frames, strict=True):
                posed = posed_in(footage.capture, body, footage.crops.frames[index])
                pictures = {
                    "performer": frame.painted,
                    "nearest_neighbour": nearest[index],
                    "temporal_median": median,
                    "baked_texture": draw_textured(performer.plate.rgb, posed, footage.texture, camera),
                }
                comparison.add(index, frame.truth, pictures, frame.person, frame.held, boxes, boxes)
                for method in DRIVEN:
                    kept[method].keep(index, pictures[method])
                step.advance()
        asked = filmed_pose(footage.capture.detections, body, motion, camera)
        scores = comparison.scores()
        for method in DRIVEN:
            video = kept[method].video(motion.fps)
            scores[method] |= detected_pose(video, lambda _: asked, stages.detector.stage, run, method).scores
    return Measured(scores=scores, sheet=comparison.sheet(float(motion.fps)), shown=comparison.shown)
