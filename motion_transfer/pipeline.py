"""The dataflow on one screen: clip -> capture -> registered footage -> performer; motion + performer -> video.

Every function takes values and the stages to use, and gives values. `Run` keeps results, reports and cancels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.detected_pose import detected_driven_pose
from motion_transfer.detection import DETECT, FoundPerson, detect, detect_inputs, find_person
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.evaluation.report import Report, write_report
from motion_transfer.evaluation.report_page import write_page
from motion_transfer.fitting.seen_motion import seen_motion
from motion_transfer.motion_files.motion_editing import SourceEdit
from motion_transfer.motion_files.motion_reader import MotionReader
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.storage import save_performer
from motion_transfer.performers.synthesizer import OutputFrame
from motion_transfer.references.collection import choose_frames, collect, facts_of
from motion_transfer.references.expressions import with_openings
from motion_transfer.references.native_texture import FINER, VIEWS, bake_native_texture
from motion_transfer.references.storage import open_references, write_facts, write_pictures, write_texture
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.registrar import Registrar, read_plate
from motion_transfer.result import EMPTY, HOLD, make_report, without_absent, write_result
from motion_transfer.retargeting.target_scene import Retargeted, TargetScene
from motion_transfer.run import Inputs, Run, Stage, Step
from motion_transfer.stages import Configured, LearnedPerformer, SourceMotion, Stages
from motion_transfer.synthesis.training import TrainingHooks

FIT = Stage(name="fit", phrase="fit", version=15)
PLATE = Stage(name="plate", phrase="background plate", version=18)
CROP = Stage(name="crop", phrase="crops and mattes", version=16)
REGISTER = Stage(name="register", phrase="texture and registration", version=28)
REFERENCES = Stage(name="references", phrase="reference frames", version=14)
LEARN = Stage(name="learn", phrase="train the performer", version=31)
READ_MOTION = Stage(name="read_motion", phrase="read the motion file")
RETARGET = Stage(name="retarget", phrase="retarget")
SYNTHESIZE = Stage(name="synthesize", phrase="synthesize")
AS_IT_IS = MotionReader()
TRAINING = "training"  # checkpoints of performers that are not finished
SHORTEST_S = 1.0
OUT_OF_STEP = "Its pictures and its sound were left out, because the edited motion is not in step with them."
NOT_REGISTERED = "The body was fitted to landmarks alone: registration to the picture needs a background that stands."


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """A finished transfer: the video, what was performed by whom, and the report."""

    output: Path
    performer: Performer
    motion: BodyMotion
    report: Report


def capture(clip: Clip, stages: Stages, run: Run, role: str, detections: Detections | None = None) -> Capture:
    """The motion of the person in a stabilized clip: detect, unless that is done, and fit the body to the landmarks."""
    detections = detect(clip, stages, run, role) if detections is None else detections

    def compute(step: Step) -> Capture:
        return stages.estimator.stage(clip.video, detections, advance=step.advance)

    steps, inputs = stages.estimator.stage.steps(len(clip)), _fit_inputs(clip, detections, stages, run)
    found = run.record(FIT, role, inputs, Capture, compute, total=len(clip), steps=steps, about=clip.title)
    for sentence in found.fallbacks:
        run.report_fallback(FIT.id(role), sentence)
    return found


def register(
    clip: Clip, fitted: Capture, registrar: Configured[Registrar], stages: Stages, run: Run, role: str
) -> RegisteredFootage:
    """The clip with all that registration to its pictures finds out: plate, crops, texture, refined motion.

    Args:
        fitted: what `capture` gave for the clip with these stages.
    """
    stage, count = registrar.stage, len(registrar.stage.frames(fitted))
    inputs = (run.key(FIT, _fit_inputs(clip, fitted.detections, stages, run)), fitted, registrar.settings)

    def write_plate(folder: Path, step: Step) -> None:
        stage.write_plate(folder, clip.video, fitted, step.advance)

    steps = stage.plate_steps(clip.video)
    written = run.folder(PLATE, role, inputs, write_plate, total=len(clip), steps=steps, about=clip.title)
    plate, plate_key = read_plate(written), (written.name,)

    def write_crops(folder: Path, step: Step) -> None:
        stage.write_crops(folder, clip.video, fitted, plate, step.advance)

    steps = stage.crop_steps(fitted)
    written = run.folder(CROP, role, plate_key, write_crops, total=count, steps=steps, about=clip.title)
    crops, crop_key = stage.read_crops(written, fitted, plate), (written.name,)

    def write_appearance(folder: Path, step: Step) -> None:
        stage.write_appearance(folder, fitted, crops, step.advance)

    steps = stage.fit_appearance.steps(count, len(clip))
    written = run.folder(REGISTER, role, crop_key, write_appearance, total=count, steps=steps, about=clip.title)
    return stage.read_footage(written, crops)


def register_target(clip: Clip, stages: Stages, run: Run, role: str = "target") -> RegisteredFootage:
    """Find the person in a clip that a performer is learned from, capture and register them."""
    check_long_enough(clip)
    return _register_found(*find_person(clip, stages, run, role), stages, run, role)


def learn_performer(clip: Clip, stages: Stages, run: Run, found: FoundPerson | None = None) -> LearnedPerformer:
    """Target clip -> performer.

    Args:
        found: what `find_person` gave for the clip, if that has been done already.
    """
    check_long_enough(clip)
    still, detections = found or find_person(clip, stages, run, "target")
    check_long_enough(still)
    footage = _register_found(still, detections, stages, run, "target")
    return learn_from(footage, still, stages, run)


def _register_found(clip: Clip, detections: Detections, stages: Stages, run: Run, role: str) -> RegisteredFootage:
    fitted = capture(clip, stages, run, role, detections)
    return register(clip, fitted, stages.register_target, stages, run, role)


def collect_references(footage: RegisteredFootage, clip: Clip, stages: Stages, run: Run) -> Path | None:
    """The folder of the frames that a performer is painted from; None for a generator that reads none."""
    learner = stages.learner.stage
    if not learner.uses_references(footage):
        return None
    indices = choose_frames(footage, learner.references.most)
    finer = footage.crops.track.px_per_pixel >= FINER
    total = len(indices) + (min(VIEWS, len(indices)) if finer else 0)

    def write(folder: Path, step: Step) -> None:
        corners = write_pictures(folder, collect(clip.video, footage, indices, step.advance))
        write_facts(folder, facts_of(footage, indices, corners))
        if finer:
            references, camera = open_references(folder), footage.capture.camera
            write_texture(folder, bake_native_texture(references, footage.body, camera, step.advance))

    inputs = (footage.digest, learner.references.most)
    return run.folder(REFERENCES, "", inputs, write, total=total, about=clip.title)


def learn_inputs(footage: RegisteredFootage, references: Path | None, settings: Mapping[str, Any]) -> Inputs:
    """What a performer is stored under, beside the version."""
    return (footage.digest, references and references.name, settings)


def learn_from(footage: RegisteredFootage, clip: Clip, stages: Stages, run: Run) -> LearnedPerformer:
    """Registered footage of a clip -> performer, in a folder of its own."""
    kept = collect_references(footage, clip, stages, run)
    inputs = learn_inputs(footage, kept, stages.learner.settings)
    about, key = f"performer of {clip.title}", run.key(LEARN, inputs)

    def fill(folder: Path, step: Step) -> None:
        references = None if kept is None else open_references(kept)
        hooks = TrainingHooks(advance=step.advance_to, preview=step.preview, should_finish=run.should_finish_training)
        with run.cache.work_folder(TRAINING, key, about=about) as checkpoints:
            performer, trained = stages.learner.stage(footage, references, checkpoints, hooks, clip.video)
        source = {"digest": clip.digest, "first": clip.first, "stop": clip.stop}
        provenance = {"settings": dict(stages.provenance), "footage": source, "version": LEARN.version}
        save_performer(folder, performer, trained.spec, provenance, references=kept, refiners=trained.refiners)

    folder = run.folder(LEARN, "", inputs, fill, about=about)
    if not stages.keep_checkpoints:
        run.cache.discard(TRAINING, key)
    name = " ".join(str(path) for path in clip.paths)
    return LearnedPerformer(folder=folder, performer=stages.learner.stage.load(folder), name=name)


def capture_source(clip: Clip, stages: Stages, run: Run, found: FoundPerson | None = None) -> SourceMotion:
    """Source clip -> its motion, with the body and camera that it was fitted in; `found` as for a performer."""
    clip, detections = found or find_person(clip, stages, run, "source")
    fitted = _registered(clip, capture(clip, stages, run, "source", detections), stages, run)
    body = shape_body(stages.model, fitted.motion.shape)
    motion, notes = seen_motion(fitted, body)
    for sentence in notes:
        run.report_fallback(FIT.id("source"), sentence)
    return SourceMotion(
        name=" ".join(str(path) for path in clip.paths),
        motion=with_openings(motion, fitted.detections.parts),
        body=body,
        clip=clip,
        capture=fitted,
        camera=fitted.camera,
        notes=notes,
        shot_starts=fitted.shot_starts,
    )


def _registered(clip: Clip, fitted: Capture, stages: Stages, run: Run) -> Capture:
    """The motion in agreement with the pictures; as it was fitted to landmarks before a moving background."""
    if stages.register_source is None:
        return fitted
    if not clip.stabilized:
        run.report_fallback(REGISTER.id("source"), NOT_REGISTERED)
        return replace(fitted, fallbacks=(*fitted.fallbacks, NOT_REGISTERED))
    return register(clip, fitted, stages.register_source, stages, run, "source").capture


def read_source(path: Path, model: BodyModel, run: Run, *, reader: MotionReader = AS_IT_IS) -> SourceMotion:
    """Motion file -> its motion, on a body of average shape."""
    with run.stage(READ_MOTION):
        opened = reader.open(path)
        motion = opened.on_body(model)
    for sentence in opened.notes:
        run.report_fallback(READ_MOTION.id(""), sentence)
    return SourceMotion(name=str(path), motion=motion, body=shape_body(model, motion.shape), notes=opened.notes)


def edit(source: SourceMotion, editing: SourceEdit) -> SourceMotion:
    """The source at another speed, mirrored, cut or repeated; without its video's pictures and sound, if it changes."""
    motion, notes = editing(source.motion)
    if motion is source.motion:
        return source
    if source.clip is not None:
        notes = (*notes, OUT_OF_STEP)
    notes = (*source.notes, *notes)
    return SourceMotion(name=source.name, motion=motion, body=source.body, camera=source.camera, notes=notes)


def retarget(source: SourceMotion, performer: Performer, stages: Stages, run: Run) -> Retargeted:
    """The source's motion on the target's body, in the target's camera."""
    scene = TargetScene(body=performer.body, motion=performer.facts.motion, camera=performer.facts.camera)
    with run.stage(RETARGET, total=len(source.motion)):
        return stages.retargeter(source.motion, source.camera, source.body, scene, source.shot_starts)


def render(performer: Performer, motion: BodyMotion, stages: Stages) -> Iterator[OutputFrame]:
    """The performer doing a motion, frame by frame."""
    return stages.synthesizer(performer, motion)


def transfer(
    source: SourceMotion,
    learned: LearnedPerformer,
    output: Path,
    stages: Stages,
    run: Run,
    *,
    side_by_side: bool = False,
    missing: str = HOLD,
    check_pose: bool = False,
    command: str | None = None,
) -> Transferred:
    """Retarget, render and write the video, its report and its contact sheet.

    Args:
        missing: `hold` shows the person in frames whose source shows nobody, `empty` the target's empty room.
        check_pose: look for the person in the finished video, and report how far the pose is off.
        command: the command line of the run, for its report.
    """
    retargeted, performer = retarget(source, learned.performer, stages, run), learned.performer
    motion, track = retargeted.motion, stages.synthesizer.track(performer, retargeted.motion)
    with run.stage(SYNTHESIZE, total=len(motion)) as step:
        frames = render(performer, motion, stages)
        if missing == EMPTY:
            frames = without_absent(frames, motion, stages.synthesizer.behind(performer))
        notes = stages.synthesizer.notes(performer, motion)
        for sentence in notes:
            run.report_fallback(SYNTHESIZE.id(""), sentence)
        written = write_result(
            output, frames, source, retargeted, performer, track=track, side_by_side=side_by_side, advance=step.advance
        )
    written = replace(written, fallbacks=(*notes, *written.fallbacks))
    found = detected_driven_pose(output, performer, motion, stages.detector.stage, run) if check_pose else None
    if found is not None:
        written = replace(written, timelines={**written.timelines, **found.over_time()})
    report = make_report(source, learned, retargeted, written, run.costs, seed=stages.seed, missing=missing)
    report = replace(report, command=command, detected_pose=None if found is None else found.scores)
    write_report(output.with_suffix(".report.json"), report)
    write_page(output.with_suffix(".report.json"))
    return Transferred(output=output, performer=performer, motion=motion, report=report)


def _fit_inputs(clip: Clip, detections: Detections, stages: Stages, run: Run) -> Inputs:
    before = run.key(DETECT, detect_inputs(clip, stages, run))
    return (before, detections, stages.model.digest(), stages.estimator.settings)


def check_long_enough(clip: Clip) -> None:
    """Raise ValueError for a target of which too little is shown to learn a person from."""
    seconds = len(clip) / float(clip.video.fps)
    if seconds < SHORTEST_S:
        raise ValueError(
            f"expected a target of at least {SHORTEST_S:.0f} s, got {seconds:.2f} s; "
            "use a longer clip, best some minutes of many poses"
        )
