"""`evaluate CLIP`: learn from the first 80 % of a clip, be measured on the last 20 %."""

import json
from pathlib import Path

import numpy as np
import torch
from omegaconf import DictConfig

from motion_transfer.commands.build import build_stages
from motion_transfer.commands.words import finish, training_run
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.baselines import NearestNeighbour, TemporalMedian
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.evaluation.patches import PatchDistance
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.evaluation.report import Report
from motion_transfer.evaluation.sheet import SheetCollector
from motion_transfer.files.paths import existing_file
from motion_transfer.files.pictures import write_png
from motion_transfer.files.video_reader import clip_range, open_video
from motion_transfer.files.video_writer import check_writable
from motion_transfer.performers.performer import Performer, pose_features
from motion_transfer.performers.reenactment import reenact
from motion_transfer.performers.teaching import TrainingSet
from motion_transfer.performers.unseen import lesson_of_unseen
from motion_transfer.pipeline import DETECTION_VERSION, Stages, as_source, check_long_enough, extract_motion, held_still
from motion_transfer.synthesis.compositor import Outline

FEWEST_TESTED = 3
COLUMNS, ROW_PX = 8, 256


def main(config: DictConfig) -> None:
    """Self-reenactment under the honest protocol: of the test frames only the pose is estimated."""
    path = existing_file(config.clip, "a video")
    output = Path(config.output) if config.output else Path(f"{path.stem}.evaluation.json")
    check_writable(output, suffix=".json")
    clip = open_video(path)
    first, split, last = _split(config, clip)
    check_long_enough(clip_range(clip, first, split))
    stages = build_stages(config)
    whole = held_still(as_source(clip, path), "clip", stages).video
    training, tested = clip_range(whole, first, split), clip_range(whole, split, last)
    source = as_source(training, path, part=f" {first}-{split}")
    capture = extract_motion(source, "training part", stages)
    _, performer = stages.learner(source, capture, stages.cache, stages.progress)
    taught = stages.learner.prepare(source, capture, stages.cache, stages.progress)
    test_source = as_source(tested, path, part=f" {split}-{last}")
    with stages.progress.stage("test part: detect", len(tested)) as stage:
        key = stages.cache.key(DETECTION_VERSION, test_source.digest, stages.settings["landmarks"])
        detections, stage.cached = stages.cache.record(
            "detections", key, Detections, lambda: stages.detector(stage.watch(tested))
        )
    with stages.progress.stage("test part: fit and register", len(tested)):
        lesson = lesson_of_unseen(tested, detections, taught, stages.estimator, stages.learner.prepare)
    scores, baselines, sheet = _measure(performer, taught, lesson, capture, training, stages)
    write_png(output.with_suffix(".png"), sheet)
    finish(
        Report(
            source=str(path),
            target=str(path),
            output=None,
            stages=stages.progress.times,
            fit={"target": capture.quality, "test": lesson.look.capture.quality},
            retargeting=None,
            reenactment=scores,
            training=training_run(performer),
            review_frames=(),
            fallbacks=performer.facts.notes,
            peak_memory_mb=peak_memory_mb(),
            versions=versions(),
            seed=config.seed,
            baselines=baselines,
        ),
        output,
    )
    print(json.dumps({"performer": dict(scores), **{name: dict(score) for name, score in baselines.items()}}, indent=1))


def _split(config: DictConfig, video: Video) -> tuple[int, int, int]:
    asked = len(video) if config.stop is None else config.stop
    if not isinstance(asked, int):
        raise ValueError(f"expected the number of a frame for stop, got stop={asked}; leave it out for the last one")
    first, last = int(config.start), min(asked, len(video))
    split = first + int(config.train_share * (last - first))
    if not 0 <= first < split <= last - FEWEST_TESTED:
        raise ValueError(
            f"expected frames to learn from and at least {FEWEST_TESTED} to be measured on, got start={first}, "
            f"stop={last} and train_share={config.train_share} of {len(video)} frames; widen the range"
        )
    return first, split, last


def _measure(
    performer: Performer, taught: TrainingSet, lesson: TrainingSet, capture: Capture, training: Video, stages: Stages
) -> tuple[dict[str, float | int], dict[str, dict[str, float | int]], np.ndarray]:
    """Scores of the performer and of what needs no performer, in the person's window."""
    twins = _nearest_frames(taught, lesson, training)
    median = TemporalMedian.learn(training.open_frames(), len(training)).picture
    places = list(range(len(lesson.footage)))
    outline = Outline(floor=stages.synthesizer.alpha_floor, reach_px=performer.facts.reach_px)
    names = ("performer", "nearest_neighbour", "temporal_median", "baked_texture")
    scores, patterns = {name: ClipScore() for name in names}, {name: PatchDistance() for name in names}
    sheet = SheetCollector(("truth", "result", "baked texture", "nearest training frame"), COLUMNS, len(places), ROW_PX)
    with stages.progress.stage("test part: reenact", len(places)) as stage:
        for place, seen in zip(places, reenact(performer.generator, lesson, places, outline), strict=True):
            pictures = {
                "performer": seen.painted,
                "nearest_neighbour": twins[place],
                "temporal_median": lesson.footage.crop(place, median),
                "baked_texture": seen.textured,
            }
            for name, picture in pictures.items():
                scores[name].add(picture, seen.truth, seen.person, seen.held)
                patterns[name].add(picture, seen.truth, seen.person & ~seen.held)
            if sheet.wants(place):
                sheet.add("truth", place, seen.truth)
                sheet.add("result", place, seen.painted)
                sheet.add("baked texture", place, seen.textured)
                sheet.add("nearest training frame", place, twins[place])
            stage.advance()
    fps = float(capture.motion.fps)
    found = {name: {**score.summary(), "patch_mmd": patterns[name].value()} for name, score in scores.items()}
    return found.pop("performer"), found, sheet.sheet(fps)


def _nearest_frames(taught: TrainingSet, lesson: TrainingSet, training: Video) -> dict[int, np.ndarray]:
    """For every test frame the training frame of the most similar pose, seen through the test frame's window."""
    features = pose_features(taught.look.capture.motion)
    answer = torch.as_tensor(NearestNeighbour(training_features=features)(pose_features(lesson.look.capture.motion)))
    nearest = [int(number) for number in answer]
    return {
        place: lesson.footage.crop(place, frame)
        for number, frame in training.pick(nearest)
        for place, wanted in enumerate(nearest)
        if wanted == number
    }
