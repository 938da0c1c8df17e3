"""Learning a performer: RegisteredFootage -> Performer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.domain.quality import NOT_SCORED, HeldOutScores, TrainingRun
from motion_transfer.domain.video import Video
from motion_transfer.evaluation.clip_findings import TARGET, report_lines
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.performers.performer import Performer, PerformerFacts
from motion_transfer.performers.refiner_learning import NONE, WITHOUT_MINUTES, LearnedRefiners, RefinerLearner
from motion_transfer.performers.self_reenactment import self_reenact_in_crop
from motion_transfer.performers.storage import load_performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.performers.training import GeneratorTrainer, TrainedGenerator
from motion_transfer.performers.validation import SelfReenactment
from motion_transfer.references.apart import apart_in_time
from motion_transfer.references.frames import References
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.references.shortfalls import shortfalls
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.rerender import rerender
from motion_transfer.rendering.map_renderer import MakeMapRenderer, map_renderer_name
from motion_transfer.synthesis.compositor import distance_px
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.refiners.training import RefinerTrainer, part_of_hooks, share_of_steps
from motion_transfer.synthesis.training import TrainingHooks

REACH_FRAMES, REACH_QUANTILE, LEAST_REACH_PX = 24, 0.995, 2.0
MIN_FRAMES = 6  # frames that can be split into those to train on and those to validate on
IN_TRAINING = TrainingRun(steps=1, seconds=0.0, device="none")  # what validation renders has a network


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformerLearner:
    """Trains a generator on registered footage and joins it with what else a performer is.

    Args:
        train: the generator's training.
        synthesizer: what will render the performer: held-out frames are scored as it renders them.
        make_renderer: of the maps that the generator reads, from the body model.
        references: how frames of the footage are kept and used.
        refine: the refiners' training; None leaves frames as they were painted.
    """

    train: GeneratorTrainer
    synthesizer: Synthesizer
    make_renderer: MakeMapRenderer
    references: ReferenceSettings
    refine: RefinerTrainer | None = None

    def uses_references(self, footage: RegisteredFootage) -> bool:
        """Whether the generator reads frames of the footage."""
        return self.train.judges(self.make_renderer(footage.model).channels)

    def __call__(
        self,
        footage: RegisteredFootage,
        references: References | None,
        folder: Path,
        hooks: TrainingHooks,
        video: Video | None = None,
    ) -> tuple[Performer, TrainedGenerator]:
        """Learn the person of the footage; go on with the training whose checkpoints lie in the folder.

        Args:
            references: frames of the footage's clip; None for a generator that reads none.
            video: that the footage was registered from; only refiners are trained on it.

        Raises:
            ValueError: too few frames show the person.
        """
        usable = footage.usable()
        if len(usable) < MIN_FRAMES:
            raise ValueError(
                f"expected at least {MIN_FRAMES} frames that show the person, got {len(usable)}; use a longer clip"
            )
        crops, held_out = self.train.held_out.split(usable)
        data = TrainingSet(footage=footage, make_renderer=self.make_renderer, references=self.references)
        whole = self._performer(footage, self.train.make_generator(data), held_out, references)
        # What judges the training must not see the frames that it is judged by.
        untrained = replace(whole, references=apart_in_time(references, footage, held_out, self.references.apart_s))
        validate = SelfReenactment(
            performer=untrained,
            footage=footage,
            crops=self.train.held_out.validated(held_out),
            synthesizer=self.synthesizer,
        )
        trained = self._generator_trainer()(
            untrained.generator, data, crops, validate, folder, self._generator_hooks(hooks)
        )
        painter = replace(untrained, generator=trained.generator)
        refiners = self._refiners(painter, footage, references, video, (crops, held_out), folder, hooks)
        painter, outcome = replace(painter, refiners=refiners.networks), trained.outcome
        run = TrainingRun(
            steps=outcome.steps,
            seconds=outcome.seconds + refiners.seconds,
            device=outcome.device,
            ended=outcome.ended,
            steps_per_s=outcome.steps_per_s,
            gpu_memory_mib=outcome.gpu_memory_mib,
        )
        facts = replace(
            untrained.facts,
            training=run,
            held_out=_held_out_scores(painter, footage, held_out, self.synthesizer),
            fallbacks=(*untrained.facts.fallbacks, *_notes(run), *refiners.notes),
        )
        return replace(painter, facts=facts, references=references), replace(trained, refiners=refiners.specs)

    def _generator_trainer(self) -> GeneratorTrainer:
        """The generator's training, with its share of the budget."""
        if self.refine is None:
            return self.train
        left = 1 - self.refine.share
        callbacks = share_of_steps(self.train.callbacks, left)
        return replace(self.train, minutes=left * self.train.minutes, callbacks=callbacks)

    def _generator_hooks(self, hooks: TrainingHooks) -> TrainingHooks:
        return hooks if self.refine is None else part_of_hooks(hooks, 0, 1 - self.refine.share)

    def _refiners(
        self,
        painter: Performer,
        footage: RegisteredFootage,
        references: References | None,
        video: Video | None,
        split: tuple[Sequence[int], Sequence[int]],
        folder: Path,
        hooks: TrainingHooks,
    ) -> LearnedRefiners:
        if self.refine is None:
            return NONE
        if self.train.minutes == 0:
            return replace(NONE, notes=(WITHOUT_MINUTES,))
        if video is None:
            raise ValueError("expected the video of the footage to train refiners on, got none; pass it to the learner")
        crops, held_out = split
        learn = RefinerLearner(
            refine=self.refine,
            performer=painter,
            references=references,
            footage=footage,
            video=video,
            crops=crops,
            held_out=held_out,
            synthesizer=self.synthesizer,
            generator=self.train,
            apart_s=self.references.apart_s,
        )
        return learn(folder, hooks)

    def load(self, folder: Path) -> Performer:
        """Read a performer, whose networks and map renderer may be of the classes that these settings name."""
        refiners = [] if self.refine is None else [self.refine.network]
        return load_performer(folder, [self.make_renderer], [self.train.generator], refiners)

    def _performer(
        self,
        footage: RegisteredFootage,
        generator: ConditionalGenerator,
        held_out: Sequence[int],
        references: References | None,
    ) -> Performer:
        crops, capture = footage.crops, footage.capture
        lacking = () if references is None else shortfalls(references.frames, capture.camera)
        training = [index for index in range(len(crops)) if index not in set(held_out)]
        return Performer(
            facts=PerformerFacts(
                motion=capture.motion,
                training_frames=torch.tensor([crops.frames[index] for index in training]),
                camera=capture.camera,
                quality=capture.quality,
                px_per_pixel=crops.track.px_per_pixel,
                resolution=crops.track.size.height,
                reach_px=reach_px(footage, training),
                conditioning=map_renderer_name(self.make_renderer),
                training=IN_TRAINING,
                held_out=NOT_SCORED,
                fallbacks=(*capture.fallbacks, *lacking, *report_lines(capture.detections, TARGET)),
            ),
            model=footage.model,
            plate=crops.plate,
            texture=footage.texture,
            generator=generator,
            renderer=self.make_renderer(footage.model),
            references=references,
        )


def reach_px(footage: RegisteredFootage, indices: list[int]) -> float:
    """How far beyond the rendered body, in pixels of the crop, nearly all of the person was seen in these crops."""
    apart = []
    for index in indices[:: max(1, len(indices) // REACH_FRAMES)]:
        rendered = rerender(footage.crops, index, footage.body, footage.capture, footage.texture)
        person = (np.asarray(footage.crops.matte[index]) > 127) & np.asarray(footage.trusted[index])
        apart.append(distance_px(rendered.fragments.covered[0].numpy())[person])
    found = np.concatenate(apart) if apart else np.zeros(0)
    return max(float(np.quantile(found, REACH_QUANTILE)), LEAST_REACH_PX) if len(found) else LEAST_REACH_PX


def _held_out_scores(
    performer: Performer, footage: RegisteredFootage, indices: list[int], synthesizer: Synthesizer
) -> HeldOutScores:
    score = ClipScore()
    for frame in self_reenact_in_crop(performer, footage, indices, synthesizer):
        score.add(frame.painted, frame.truth, frame.person, frame.held)
    found = score.summary()
    names = ("psnr", "psnr_person", "psnr_person_without_held", "ssim", "flicker")
    return HeldOutScores(**{name: float(found[name]) for name in names}, frames=len(indices))


def _notes(run: TrainingRun) -> tuple[str, ...]:
    reasons = {"no_gain": "the held-out frames gained no more", "on_request": "as it was asked to"}
    return (f"training stopped after {run.seconds:.0f} s: {reasons[run.ended]}",) if run.ended in reasons else ()
