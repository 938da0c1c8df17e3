"""`transfer SOURCE TARGET`: the target person doing the source's motion."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from omegaconf import DictConfig

from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import PARTS
from motion_transfer.commands.build import build_stages
from motion_transfer.commands.words import finish, held_out_scores, training_run
from motion_transfer.domain.body_motion import BodyMotion, FitQuality
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.evaluation.coverage import CoverageScore
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.evaluation.report import OutputVideo, Report, RetargetingQuality
from motion_transfer.evaluation.sheet import SheetCollector, scaled_to_height
from motion_transfer.files.paths import existing_file
from motion_transfer.files.pictures import write_png
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter, check_writable
from motion_transfer.performers.performer import Performer, novelty
from motion_transfer.performers.storage import load_performer
from motion_transfer.pipeline import (
    SourceMotion,
    Stages,
    as_source,
    check_long_enough,
    held_still,
    learn_performer,
    motion_from_file,
    motion_from_video,
    retarget,
)
from motion_transfer.rendering.body_picture import draw_body
from motion_transfer.retargeting.target_scene import Retargeted

COLUMNS, ROW_PX = 8, 240
ROWS = ("source", "body on source", "body on target's plate", "result")
UNSURE, STRANGE = 0.5, 0.75  # confidence below which and novelty above which a frame should be looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What a transfer leaves: its video, and what was performed by whom."""

    output: Path
    performer: Performer
    motion: BodyMotion


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The finished video in numbers and pictures, and what had to be changed to encode it."""

    size: ImageSize
    sheet: np.ndarray
    coverage: dict[str, float | str]
    notes: tuple[str, ...]


def main(config: DictConfig) -> Transferred:
    """Run the chain and report."""
    source_path, target_path = _inputs(config)
    output = Path(config.output) if config.output else Path(f"{source_path.stem}_as_{_target_name(config)}.mp4")
    check_writable(output)
    for given in (source_path, target_path):
        if given is not None and output.exists() and output.samefile(given):
            raise ValueError(f"expected an output of its own, got {output}, which is an input; name another file")
    moving = None if source_path.suffix.lower() == ".bvh" else open_video(source_path)
    target = open_video(target_path) if target_path else None
    if target is not None:
        check_long_enough(target)
    stages = build_stages(config)
    if target is not None and target_path is not None:
        folder, performer = learn_performer(held_still(as_source(target, target_path), "target", stages), stages)
    else:
        folder = Path(config.performer)
        performer = load_performer(folder)
    if moving is None:
        source = motion_from_file(source_path, performer.model, _frame_rate(config.fps), stages)
    else:
        clip = held_still(as_source(moving, source_path), "source", stages)
        moving, source = clip.video, motion_from_video(clip, stages)
    retargeted = retarget(source, performer, stages)
    written = _write(output, source, retargeted, performer, moving, stages, config)
    write_png(output.with_suffix(".report.png"), written.sheet)
    finish(
        Report(
            source=str(source_path),
            target=str(target_path or folder),
            output=OutputVideo(
                path=output,
                frames=len(retargeted.motion),
                fps=Fraction(retargeted.motion.fps),
                width=written.size.width + written.size.width % 2,
                height=written.size.height + written.size.height % 2,
                audio=moving is not None and moving.audio_source is not None,
            ),
            stages=stages.progress.times,
            fit=_fit(source, performer),
            retargeting=RetargetingQuality(
                foot_skate_cm_per_s=retargeted.foot_skate_cm_per_s,
                foot_skate_p90_cm_per_s=retargeted.foot_skate_p90_cm_per_s,
                leg_length_ratio=retargeted.leg_length_ratio,
            ),
            reenactment=held_out_scores(performer),
            training=training_run(performer),
            review_frames=_frames_to_review(source, retargeted, performer),
            fallbacks=(*_fallbacks(source, retargeted, performer), *written.notes),
            peak_memory_mb=peak_memory_mb(),
            versions=versions(),
            seed=config.seed,
            coverage=written.coverage,
        ),
        output.with_suffix(".report.json"),
    )
    print(f"Performer: {folder} (reuse it with performer={folder})")
    return Transferred(output=output, performer=performer, motion=retargeted.motion)


def _inputs(config: DictConfig) -> tuple[Path, Path | None]:
    source = existing_file(config.source, "a source video or .bvh motion")
    if (config.target is None) == (config.performer is None):
        got = "neither" if config.target is None else "both"
        raise ValueError(f"expected a TARGET video or performer=DIR, got {got}; give one of them")
    if config.performer is not None:
        return source, None
    return source, existing_file(config.target, "a target video")


def _target_name(config: DictConfig) -> str:
    return Path(config.target or config.performer).stem


def _frame_rate(fps: float | str | None) -> Fraction | None:
    """A number, or an exact fraction such as 30000/1001.

    Raises:
        ValueError: it is neither, or not above 0.
    """
    try:
        asked = None if fps is None else Fraction(str(fps))
    except (ValueError, ZeroDivisionError):
        asked = Fraction(0)
    if asked is not None and asked <= 0:
        raise ValueError(f"expected frames per second above 0, got fps={fps}; try fps=25 or fps=30000/1001")
    return asked


def _write(
    output: Path,
    source: SourceMotion,
    retargeted: Retargeted,
    performer: Performer,
    moving: Video | None,
    stages: Stages,
    config: DictConfig,
) -> _Written:
    """Paint, encode and gather what the report shows."""
    motion, size = retargeted.motion, performer.facts.camera.size
    sheet = SheetCollector(ROWS, COLUMNS, len(motion), ROW_PX)
    inside = 3 * performer.facts.resolution / 256
    coverage = CoverageScore(inside_px=inside, part_names=PARTS)
    frames = moving.open_frames() if moving is not None else _nothing(len(motion))
    audio = moving.audio_source if moving is not None else None
    if config.side_by_side:
        size = ImageSize(height=size.height, width=_beside(moving, size) + size.width)
    with (
        stages.progress.stage("synthesize", len(motion)) as stage,
        VideoWriter(output, size=size, fps=motion.fps, audio_source=audio) as writer,
    ):
        finished = stages.synthesizer(performer, motion)
        for number, (frame, original) in enumerate(zip(finished, frames, strict=False)):
            picture = frame.rgb
            if config.side_by_side and original is not None:
                picture = np.hstack([scaled_to_height(original, size.height), frame.rgb])
            writer.write(picture)
            coverage.add(frame.alpha, frame.part)
            if sheet.wants(number):
                _show(sheet, number, original, source, retargeted, performer)
                sheet.add("result", number, frame.rgb)
            stage.advance()
    return _Written(
        size=size,
        sheet=sheet.sheet(float(motion.fps)),
        coverage=coverage.summary(),
        notes=tuple(f"output: {note}" for note in writer.notes),
    )


def _beside(moving: Video | None, size: ImageSize) -> int:
    return 0 if moving is None else max(1, round(moving.size.width * size.height / moving.size.height))


def _nothing(count: int) -> Iterator[None]:
    yield from [None] * count


def _show(
    sheet: SheetCollector,
    number: int,
    original: np.ndarray | None,
    source: SourceMotion,
    retargeted: Retargeted,
    performer: Performer,
) -> None:
    if original is not None and source.camera is not None:
        small = scaled_to_height(original, ROW_PX)
        sheet.add("source", number, small)
        posed = source.body.posed(source.motion.pose[number : number + 1])
        sheet.add("body on source", number, draw_body(small, posed, source.camera))
    body = shape_body(performer.model, retargeted.motion.shape)
    posed = body.posed(retargeted.motion.pose[number : number + 1])
    plate = scaled_to_height(performer.plate.rgb, ROW_PX)
    sheet.add("body on target's plate", number, draw_body(plate, posed, performer.facts.camera))


def _fit(source: SourceMotion, performer: Performer) -> dict[str, FitQuality]:
    own = {} if source.capture is None else {"source": source.capture.quality}
    return {**own, "target": performer.facts.quality}


def _frames_to_review(source: SourceMotion, retargeted: Retargeted, performer: Performer) -> tuple[int, ...]:
    strange = novelty(retargeted.motion, performer.facts) > STRANGE
    unsure = source.motion.confidence < UNSURE
    return tuple(int(i) for i in (strange | unsure).nonzero()[:, 0])


def _fallbacks(source: SourceMotion, retargeted: Retargeted, performer: Performer) -> tuple[str, ...]:
    of_source = () if source.capture is None else source.capture.fallbacks
    return (
        *(f"source: {note}" for note in of_source),
        *(f"target: {note}" for note in performer.facts.notes),
        *retargeted.notes,
    )
