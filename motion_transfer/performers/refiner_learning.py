"""Learning the refiners of a performer whose generator is trained, and stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.part_windows import LEAST_PX, part_channels
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.refiner_pairs import HeldOutSquares, joined, keep_pairs, kept_pairs, paint_pairs
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.performers.training import GeneratorTrainer
from motion_transfer.references.apart import apart_in_time
from motion_transfer.references.frames import References
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.synthesis.generators.registry import GeneratorSpec, generator_spec
from motion_transfer.synthesis.refiners.pairs import Pairs
from motion_transfer.synthesis.refiners.part_refiner import PartRefiner
from motion_transfer.synthesis.refiners.training import RefinerTrainer, part_of_hooks, share_of_steps
from motion_transfer.synthesis.training import TrainingHooks
from motion_transfer.training.callbacks import StepBudget, WallClockBudget

WITHOUT_MINUTES = (
    "The refiner of heads and hands was not trained, because it takes a share of the training's minutes, and there are "
    "none: they stay as they were painted (minutes=2 trains it, synthesis/refiner=none does without)."
)
FINISHED = "The refiner of heads and hands was not trained, because the training was asked to finish before."
NOT_SEEN = "The refiner of the {part} was not trained: too few frames show them in {px} pixels or more."
NO_GAIN = (
    "The refiner of the {part} was left out: on held-out frames, patches of what it refined were farther from the "
    "filmed ones ({refined:.3g}) than without it ({painted:.3g})."
)
FOLDER = "refiner"  # in that of the training's checkpoints


@value
class LearnedRefiners:
    """Refiners by part, how they are built again, and what did not go as planned."""

    networks: Mapping[str, PartRefiner]
    specs: Mapping[str, GeneratorSpec]
    seconds: float
    notes: tuple[str, ...]


NONE = LearnedRefiners(networks={}, specs={}, seconds=0.0, notes=())


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinerLearner:
    """Trains the refiners of one performer.

    Args:
        performer: with its trained generator, and references that are none of the held-out frames.
        references: all that the performer will have; None for a generator that reads none.
        video: that the footage was registered from.
        crops, held_out: indices of the footage's crops that are trained on, and that are judged on.
        generator: settings of the generator's training, with the whole budget.
    """

    refine: RefinerTrainer
    performer: Performer
    references: References | None
    footage: RegisteredFootage
    video: Video
    crops: Sequence[int]
    held_out: Sequence[int]
    synthesizer: Synthesizer
    generator: GeneratorTrainer
    apart_s: float

    def __call__(self, folder: Path, hooks: TrainingHooks) -> LearnedRefiners:
        """Train them one after the other; go on where an earlier run in the folder was stopped."""
        if hooks.should_finish():
            return replace(NONE, notes=(FINISHED,))
        pairs, networks, specs, notes, seconds = self._pairs(folder), {}, {}, list[str](), 0.0
        channels = part_channels(tuple(self.performer.renderer.channels))
        share = self.refine.share / len(self.refine.side_px)
        for number, part in enumerate(self.refine.side_px):
            to_learn, to_judge = pairs[part]
            validate = None if to_judge is None else HeldOutSquares(to_judge, torch.device(self.refine.device))
            painted = None if validate is None else validate(None).patch_mmd
            if to_learn is None or validate is None or painted is None or not np.isfinite(painted):
                notes.append(NOT_SEEN.format(part=part, px=LEAST_PX))
                continue
            refiner = self.refine.make_refiner(part, channels)
            steps = share_of_steps(self.generator.callbacks, share).values()
            outcome = self.refine(
                refiner,
                to_learn,
                validate,
                folder / FOLDER / part,
                WallClockBudget(self.generator.minutes * 60 * share),
                part_of_hooks(hooks, 1 - self.refine.share + number * share, share),
                perceptual=self.generator.objective.perceptual,
                trainer=self.generator.trainer,
                ends=[callback for callback in steps if isinstance(callback, StepBudget)],
            )
            seconds += outcome.seconds
            refined = validate(refiner).patch_mmd
            if refined > painted:
                notes.append(NO_GAIN.format(part=part, refined=refined, painted=painted))
                continue
            networks[part], specs[part] = refiner, generator_spec(self.refine.maker(part), channels)
        return LearnedRefiners(networks=networks, specs=specs, seconds=seconds, notes=tuple(notes))

    def _pairs(self, folder: Path) -> dict[str, tuple[Pairs | None, Pairs | None]]:
        """Squares to learn from and to judge by, of each part."""
        places = {
            part: (folder / FOLDER / f"{part}.npz", folder / FOLDER / f"{part}_held_out.npz")
            for part in self.refine.side_px
        }
        if not all(path.is_file() for two in places.values() for path in two):
            for row, found in enumerate((self._painted(self._folds()), self._painted([self._judged()]))):
                for part, pairs in found.items():
                    if pairs is not None:
                        keep_pairs(places[part][row], pairs)
        return {part: (kept_pairs(learn), kept_pairs(judge)) for part, (learn, judge) in places.items()}

    def _folds(self) -> list[list[int]]:
        chosen = [self.crops[place] for place in evenly_spaced(len(self.crops), self.refine.max_frames)]
        folds = 1 if self.references is None else min(self.refine.folds, len(chosen))
        return [[int(index) for index in fold] for fold in np.array_split(chosen, folds)]

    def _judged(self) -> list[int]:
        return list(self.generator.held_out.validated(self.held_out))

    def _painted(self, folds: Sequence[Sequence[int]]) -> dict[str, Pairs | None]:
        """Squares of the frames of each fold, painted from references that are neither of it nor held out."""
        found: dict[str, list[Pairs]] = {part: [] for part in self.refine.side_px}
        for fold in folds:
            references = apart_in_time(self.references, self.footage, [*fold, *self.held_out], self.apart_s)
            performer = replace(self.performer, references=references)
            painted = paint_pairs(performer, self.footage, self.video, fold, self.synthesizer, self.refine.side_px)
            for part, pairs in painted.items():
                found[part] += pairs
        return {part: joined(pairs) for part, pairs in found.items()}
