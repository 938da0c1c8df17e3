"""`learn_performer`: target footage -> Performer. Every step is found again if its inputs and settings are the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from motion_transfer.domain.body_motion import Capture
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.files.cache import Cache
from motion_transfer.performers.performer import Performer, PerformerFacts
from motion_transfer.performers.preparation import Preparation, Source
from motion_transfer.performers.reenactment import measure_reach, reenact
from motion_transfer.performers.storage import load_performer, save_performer
from motion_transfer.performers.teaching import GeneratorTrainer, TrainedGenerator, TrainingSet
from motion_transfer.progress import Progress
from motion_transfer.synthesis.compositor import Outline

VERSION = 14  # of performers
ALPHA_FLOOR = 0.97


class PerformerLearner:
    """Learns performers.

    Args:
        prepare: everything up to the training.
        settings: everything that shapes the result, for the cache's keys and the provenance.
    """

    def __init__(self, prepare: Preparation, teacher: GeneratorTrainer, settings: Mapping[str, Any]) -> None:
        self.prepare, self.teacher, self.settings = prepare, teacher, settings

    def __call__(self, source: Source, capture: Capture, cache: Cache, progress: Progress) -> tuple[Path, Performer]:
        """Learn the person of a clip; gives the performer and the folder that it is kept in."""
        key = cache.key(VERSION, source.digest, dict(self.settings))

        def fill(folder: Path) -> None:
            lesson = self.prepare(source, capture, cache, progress)
            with cache.work_folder("training", key) as scratch, progress.stage("train") as stage:
                taught = self.teacher(lesson, scratch, stage.share)
            performer = self._performer(lesson, taught, capture)
            provenance = {"settings": dict(self.settings), "footage": source.digest, "version": VERSION}
            save_performer(folder, performer, taught.architecture, provenance)

        folder, cached = cache.folder("performers", key, fill)
        if cached:
            with progress.stage("learn the performer") as stage:
                stage.cached = True
        return folder, load_performer(folder)

    def _performer(self, lesson: TrainingSet, taught: TrainedGenerator, capture: Capture) -> Performer:
        held_out = set(taught.validation)
        teaching = [place for place in range(len(lesson.footage)) if place not in held_out]
        outline = Outline(floor=ALPHA_FLOOR, reach_px=measure_reach(lesson, teaching))
        score = ClipScore()
        for seen in reenact(taught.generator, lesson, taught.validation, outline):
            score.add(seen.painted, seen.truth, seen.person, seen.held)
        scores, registered = score.summary(), lesson.look.capture
        return Performer(
            facts=PerformerFacts(
                motion=registered.motion,
                taught=torch.tensor([lesson.footage.frame_indices[place] for place in teaching]),
                camera=registered.camera,
                quality=registered.quality,
                px_per_pixel=lesson.footage.window.px_per_pixel,
                resolution=self.prepare.resolution,
                reach_px=outline.reach_px,
                condition=lesson.condition,
                steps=taught.outcome.steps,
                seconds=taught.outcome.seconds,
                device=taught.outcome.device,
                psnr=float(scores["psnr"]),
                psnr_person=float(scores["psnr_person"]),
                psnr_person_without_held=float(scores["psnr_person_without_held"]),
                ssim=float(scores["ssim"]),
                flicker=float(scores["flicker"]),
                frames=len(taught.validation),
                notes=(*capture.fallbacks, *_training_notes(taught)),
            ),
            model=lesson.model,
            plate=lesson.plate,
            texture=lesson.look.texture,
            generator=taught.generator,
        )


def _training_notes(taught: TrainedGenerator) -> tuple[str, ...]:
    if not taught.outcome.stopped_early:
        return ()
    return (f"training stopped after {taught.outcome.seconds:.0f} s: the held-out frames gained no more",)
