"""Learning a performer: RegisteredFootage -> Performer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.domain.quality import NOT_SCORED, HeldOutScores, TrainingRun
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.performers.performer import Performer, PerformerFacts
from motion_transfer.performers.self_reenactment import self_reenact
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.performers.teaching import GeneratorTrainer, TrainedGenerator
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.rerender import rerender
from motion_transfer.rendering.map_renderer import MakeMapRenderer, map_renderer_name
from motion_transfer.synthesis.compositor import distance_px

REACH_FRAMES, REACH_QUANTILE, LEAST_REACH_PX = 24, 0.995, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingHooks:
    """How a training reports and how it is ended from outside.

    Args:
        advance: called after every step with the fraction that is done; may raise to cancel.
        preview: shown pictures of held-out frames as they are painted by now.
        should_finish: whether to stop and go on with the best checkpoint so far.
    """

    advance: Callable[[float], None]
    preview: Callable[[np.ndarray], None]
    should_finish: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformerLearner:
    """Trains a generator on registered footage and joins it with what else a performer is.

    Args:
        train: the generator's training.
        synthesizer: what will render the performer: held-out frames are scored as it paints them.
        make_renderer: of the maps that the generator reads, from the body model.
    """

    train: GeneratorTrainer
    synthesizer: Synthesizer
    make_renderer: MakeMapRenderer

    def __call__(
        self, footage: RegisteredFootage, folder: Path, hooks: TrainingHooks
    ) -> tuple[Performer, TrainedGenerator]:
        """Learn the person of the footage; go on with the training whose checkpoints lie in the folder.

        Raises:
            ValueError: too few frames show the person.
        """
        trained = self.train(TrainingSet(footage=footage, make_renderer=self.make_renderer), folder, hooks.advance)
        outcome = trained.outcome
        run = TrainingRun(
            steps=outcome.steps,
            seconds=outcome.seconds,
            device=outcome.device,
            stopped_early=outcome.stopped_early,
        )
        performer = self._performer(footage, trained, run)
        scores = _held_out_scores(performer, footage, trained.validation, self.synthesizer)
        return replace(performer, facts=replace(performer.facts, held_out=scores)), trained

    def _performer(self, footage: RegisteredFootage, trained: TrainedGenerator, run: TrainingRun) -> Performer:
        held_out, crops, capture = set(trained.validation), footage.crops, footage.capture
        training = [index for index in range(len(crops)) if index not in held_out]
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
                training=run,
                held_out=NOT_SCORED,
                fallbacks=(*capture.fallbacks, *_notes(run)),
            ),
            model=footage.model,
            plate=crops.plate,
            texture=footage.texture,
            generator=trained.generator,
            renderer=self.make_renderer(footage.model),
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
    for frame in self_reenact(performer, footage, indices, synthesizer):
        score.add(frame.painted, frame.truth, frame.person, frame.held)
    found = score.summary()
    names = ("psnr", "psnr_person", "psnr_person_without_held", "ssim", "flicker")
    return HeldOutScores(**{name: float(found[name]) for name in names}, frames=len(indices))


def _notes(run: TrainingRun) -> tuple[str, ...]:
    if not run.stopped_early:
        return ()
    return (f"training stopped after {run.seconds:.0f} s: the held-out frames gained no more",)
