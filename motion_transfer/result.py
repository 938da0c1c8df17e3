"""Rendered frames -> the result that people get: video, contact sheet and report."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from motion_transfer.body.model import licence_of
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.events import StageFinished
from motion_transfer.domain.quality import RetargetingQuality
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.evaluation.clip_findings import SOURCE, report_lines
from motion_transfer.evaluation.close_ups import close_ups
from motion_transfer.evaluation.coverage import CoverageScore
from motion_transfer.evaluation.driven_flicker import DrivenFlicker
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.evaluation.report import OutputVideo, Report
from motion_transfer.evaluation.review import ReviewFrame, rank_review_frames
from motion_transfer.evaluation.sanity import Sanity, check_result
from motion_transfer.evaluation.sheet import SheetCollector, scaled_to_height
from motion_transfer.evaluation.timelines import Timelines, timelines
from motion_transfer.files.pictures import write_png
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.performers.performer import Performer, novelty
from motion_transfer.performers.synthesizer import OutputFrame
from motion_transfer.rendering.body_picture import draw_body
from motion_transfer.rendering.body_regions import region_boxes
from motion_transfer.rendering.crop_track import CropTrack
from motion_transfer.retargeting.target_scene import Retargeted
from motion_transfer.stages import LearnedPerformer, SourceMotion

HOLD, EMPTY = "hold", "empty"  # what frames show in whose source nobody is seen
COLUMNS, ROW_PX = 8, 240
ROWS = ("source", "body on source", "body on target's plate", "result")
MOST_FLICKER = 10.0  # levels of 255
INSIDE = 3 / 256  # of the crop's height: farther inside the body a pixel has to be opaque


def without_absent(
    frames: Iterable[OutputFrame], motion: BodyMotion, plate: UInt8[np.ndarray, "height width 3"]
) -> Iterator[OutputFrame]:
    """The frames, with the empty plate in place of those in whose source nobody was seen."""
    for frame, confidence in zip(frames, motion.confidence.tolist(), strict=True):
        if confidence > 0:
            yield frame
        else:
            yield replace(frame, rgb=plate, alpha=np.zeros_like(frame.alpha), part=np.full_like(frame.part, -1))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenVideo:
    """The finished video in numbers.

    Attributes:
        missing: the fraction of each frame's body that came out transparent; NaN without a body.
        review: frames that a person should look at.
        fallbacks: what had to be changed to encode it.
    """

    output: OutputVideo
    coverage: Mapping[str, float | str]
    missing: Float[np.ndarray, "frame"]
    review: tuple[ReviewFrame, ...]
    timelines: Timelines
    fallbacks: tuple[str, ...]


def write_result(
    output: Path,
    frames: Iterable[OutputFrame],
    source: SourceMotion,
    retargeted: Retargeted,
    performer: Performer,
    *,
    track: CropTrack,
    side_by_side: bool,
    advance: Callable[[], None],
) -> WrittenVideo:
    """Encode the frames, and gather what the report and the contact sheet beside the video show.

    Args:
        track: the windows in which the frames' parts are told.
    """
    motion, video = retargeted.motion, None if source.clip is None else source.clip.video
    sheet = SheetCollector(ROWS, COLUMNS, len(motion), ROW_PX)
    coverage = CoverageScore(inside_px=INSIDE * performer.facts.resolution, part_names=PARTS)
    flicker = DrivenFlicker(body=performer.body, motion=motion, camera=performer.facts.camera, track=track)
    sensitivity: list[float] = []
    size = _output_size(performer.facts.camera.size, video if side_by_side else None)
    audio = None if video is None else video.audio_source
    cuts = () if video is None else video.cuts
    with VideoWriter(output, size=size, fps=motion.fps, audio_source=audio, cuts=cuts) as writer:
        for index, (frame, original) in enumerate(zip(frames, _originals(video, len(motion)), strict=False)):
            picture = frame.rgb
            if side_by_side and original is not None:
                picture = np.hstack([scaled_to_height(original, size.height), frame.rgb])
            writer.write(picture)
            coverage.add(frame.alpha, frame.part)
            flicker.add(frame.rgb, frame.part)
            sensitivity.append(frame.sensitivity)
            if sheet.wants(index):
                _show(sheet, index, original, frame.rgb, source, retargeted, performer)
            advance()
    write_png(output.with_suffix(".report.png"), sheet.sheet(float(motion.fps)))
    scores = {
        "confidence": motion.confidence.numpy(),
        "novelty": novelty(motion, performer.facts).numpy(),
        "missing": coverage.missing,
    }
    feet = dict(zip(("left_foot", "right_foot"), motion.foot_contacts.float().T.numpy(), strict=True))
    return WrittenVideo(
        output=OutputVideo(
            path=output,
            frames=len(motion),
            fps=Fraction(motion.fps),
            width=size.width + size.width % 2,
            height=size.height + size.height % 2,
            audio=audio is not None,
        ),
        coverage=coverage.summary(),
        missing=coverage.missing,
        review=rank_review_frames(**scores, fps=float(motion.fps)),
        timelines=timelines(scores | feet | _of_painting(flicker.scores, np.array(sensitivity))),
        fallbacks=tuple(f"output: {note}" for note in writer.notes),
    )


def _of_painting(
    flicker: Float[np.ndarray, "frame"], sensitivity: Float[np.ndarray, "frame"]
) -> dict[str, Float[np.ndarray, "frame"]]:
    """Flicker, 1 at `MOST_FLICKER`, and the network's sensitivity over its largest, held until it was taken again."""
    known = np.flatnonzero(np.isfinite(sensitivity))
    found = {"flicker": flicker / MOST_FLICKER}
    if len(known) and sensitivity[known].max() > 0:
        held = sensitivity[known[np.searchsorted(known, np.arange(len(sensitivity)), side="right").clip(1) - 1]]
        found["sensitivity"] = held / sensitivity[known].max()
    return found


def make_report(
    source: SourceMotion,
    learned: LearnedPerformer,
    retargeted: Retargeted,
    written: WrittenVideo,
    costs: Mapping[str, StageFinished],
    *,
    seed: int,
    missing: str = HOLD,
) -> Report:
    """All that is reported of a transfer; `missing` as for it."""
    facts = learned.performer.facts
    own = {} if source.capture is None else {"source": source.capture.quality}
    read = () if source.clip is None else source.clip.video.notes
    captured = () if source.capture is None else source.capture.fallbacks
    filmed = () if source.capture is None else report_lines(source.capture.detections, SOURCE)
    of_source = dict.fromkeys((*read, *captured, *source.notes, *filmed))
    fallbacks = (*(f"source: {note}" for note in of_source), *(f"target: {note}" for note in facts.fallbacks))
    return Report(
        source=source.name,
        target=learned.name,
        output=written.output,
        stages=dict(costs),
        fit={**own, "target": facts.quality},
        retargeting=RetargetingQuality(
            foot_skate_cm_per_s=retargeted.foot_skate_cm_per_s,
            foot_skate_p90_cm_per_s=retargeted.foot_skate_p90_cm_per_s,
            leg_length_ratio=retargeted.leg_length_ratio,
        ),
        reenactment=facts.held_out,
        training=facts.training,
        review_frames=written.review,
        fallbacks=(*fallbacks, *retargeted.notes, *written.fallbacks),
        licence=licence_of(source.body.model, learned.performer.model),
        peak_memory_mb=peak_memory_mb(),
        versions=versions(),
        seed=seed,
        coverage=written.coverage,
        sanity=_checked(source, retargeted, written, learned.performer, missing),
        timelines=written.timelines,
    )


def _checked(
    source: SourceMotion, retargeted: Retargeted, written: WrittenVideo, performer: Performer, missing: str
) -> Sanity:
    motion = retargeted.motion
    joints_m = shape_body(performer.model, motion.shape).posed(motion.pose).joints_m
    seen = None if source.capture is None else source.capture.detections
    shown = motion.confidence > 0 if missing == EMPTY else torch.ones(len(motion), dtype=torch.bool)
    return check_result(joints_m[shown], performer.facts.camera, written.missing[shown.numpy()], seen)


def _output_size(target: ImageSize, beside: Video | None) -> ImageSize:
    """The target's size, wider by the source where that stands beside it."""
    if beside is None:
        return target
    width = max(1, round(beside.size.width * target.height / beside.size.height))
    return ImageSize(height=target.height, width=width + target.width)


def _originals(video: Video | None, count: int) -> Iterator[Frame | None]:
    yield from [None] * count if video is None else video.open_frames()


def _show(
    sheet: SheetCollector,
    index: int,
    original: Frame | None,
    painted: UInt8[np.ndarray, "painted_height painted_width 3"],
    source: SourceMotion,
    retargeted: Retargeted,
    performer: Performer,
) -> None:
    """Add the column of one frame: the result and where it comes from, with close-ups of head, hands and feet."""
    here = slice(index, index + 1)
    if original is not None and source.camera is not None:
        small, danced = scaled_to_height(original, ROW_PX), source.body.posed(source.motion.pose[here])
        sheet.add("source", index, original, _close_ups(original, danced, source.camera))
        sheet.add("body on source", index, draw_body(small, danced, source.camera))
    posed = shape_body(performer.model, retargeted.motion.shape).posed(retargeted.motion.pose[here])
    plate = scaled_to_height(performer.plate.rgb, ROW_PX)
    sheet.add("body on target's plate", index, draw_body(plate, posed, performer.facts.camera))
    sheet.add("result", index, painted, _close_ups(painted, posed, performer.facts.camera))


def _close_ups(frame: Frame, posed: PosedBody, camera: Camera) -> list[np.ndarray]:
    return close_ups(frame, region_boxes(posed.joints_m, camera)[0].numpy())
