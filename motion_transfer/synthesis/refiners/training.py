"""The training of a refiner for one part of the body: its settings, and the trained network."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytorch_lightning as lightning
import torch

from motion_transfer.synthesis.adversarial_module import MakeOptimizer
from motion_transfer.synthesis.discriminators.conditional import MakeDiscriminator
from motion_transfer.synthesis.objective import Perceptual
from motion_transfer.synthesis.refiners.module import RefinerModule, RefinerObjective, refiner_discriminator_channels
from motion_transfer.synthesis.refiners.pairs import Pairs, RefinerData
from motion_transfer.synthesis.refiners.part_refiner import MakeRefiner, PartRefiner, check_part
from motion_transfer.synthesis.training import TrainingHooks, TrainingOutcome, train
from motion_transfer.synthesis.validation import ValidateRefiner
from motion_transfer.training.callbacks import StepBudget, WallClockBudget
from motion_transfer.training.schedules import Schedule
from motion_transfer.training.trainer import TrainerSettings

CHECKED_WITH = ("map",)  # channels of a refiner that is made to check its settings


def no_refiner(device: str, seed: int) -> None:
    """Leave finished frames as they were painted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinerTrainer:
    """The settings of the refiners' training.

    Attributes:
        side_px: of the squares, for each part that is refined.
        share: of the training's budget, which all parts share alike; the generator has the rest.
        network: makes a refiner from the names of its maps and the side of its squares.
        discriminator: makes one from the number of its input channels.
        optimizer, discriminator_optimizer: make one from parameters.
        callbacks: of Lightning, by name; every training gets its own. None for one that is turned off.
        max_frames: that are painted to train on, evenly spread.
        folds: stretches of these; each is painted from the references of the others, as if it had not been filmed.

    Raises:
        ValueError: a setting is out of its range, or a part is none.
    """

    side_px: Mapping[str, int]
    share: float
    network: MakeRefiner
    discriminator: MakeDiscriminator
    optimizer: MakeOptimizer
    discriminator_optimizer: MakeOptimizer
    schedule: Schedule
    objective: RefinerObjective
    callbacks: Mapping[str, lightning.Callback | None]
    max_frames: int
    folds: int
    steps_between_validations: int
    batch: int
    device: str
    seed: int

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"expected synthesis.refiner.share above 0 and below 1, got {self.share}; try 0.25")
        for part in self.side_px:
            check_part(part)
            with torch.device("meta"):  # without memory for weights
                made: object = self.maker(part)(channels=CHECKED_WITH)
                self.discriminator(refiner_discriminator_channels(CHECKED_WITH))
            if not isinstance(made, PartRefiner):
                raise ValueError(
                    f"expected synthesis.refiner.network to be a PartRefiner, got {type(made).__qualname__}"
                )

    def maker(self, part: str) -> MakeRefiner:
        """What makes the refiner of a part from the names of its maps."""
        return partial(self.network, side_px=self.side_px[part])

    def make_refiner(self, part: str, channels: Sequence[str]) -> PartRefiner:
        """Make the refiner of a part with its first weights."""
        lightning.seed_everything(self.seed, workers=True, verbose=False)
        return self.maker(part)(channels=tuple(channels))

    def __call__(
        self,
        refiner: PartRefiner,
        pairs: Pairs,
        validate: ValidateRefiner,
        folder: Path,
        budget: WallClockBudget | StepBudget,
        hooks: TrainingHooks,
        *,
        perceptual: Perceptual,
        trainer: TrainerSettings,
        ends: Sequence[lightning.Callback] = (),
    ) -> TrainingOutcome:
        """Train a refiner of `make_refiner`, or go on with the training whose checkpoints lie in the folder.

        Args:
            perceptual, trainer: of the generator's training.
            ends: more callbacks that end the training.
        """
        data = RefinerData(
            pairs,
            batch=self.batch * trainer.accumulate_grad_batches,
            divisor=refiner.divisor,
            steps_between_validations=self.steps_between_validations,
            seed=self.seed,
        )
        discriminator = self.discriminator(refiner_discriminator_channels(refiner.channels))
        for network in (refiner, discriminator):
            trainer.lay_out(network)
        module = RefinerModule(
            refiner,
            discriminator,
            budget,
            validate,
            optimizer=self.optimizer,
            discriminator_optimizer=self.discriminator_optimizer,
            objective=self.objective,
            perceptual=perceptual,
            trainer_settings=trainer,
        )
        folder.mkdir(parents=True, exist_ok=True)
        callbacks = [copy.deepcopy(callback) for callback in self.callbacks.values() if callback is not None]
        outcome = train(
            module,
            data,
            folder,
            budget,
            self.schedule,
            [*callbacks, *ends],
            device=torch.device(self.device),
            precision=trainer.precision,
            hooks=hooks,
        )
        refiner.eval().cpu()
        return outcome


def share_of_steps(
    callbacks: Mapping[str, lightning.Callback | None], share: float
) -> dict[str, lightning.Callback | None]:
    """The callbacks, those that end a training after a number of steps with a share of these steps."""

    def shared(callback: lightning.Callback | None) -> lightning.Callback | None:
        return StepBudget(max(1, round(share * callback.steps))) if isinstance(callback, StepBudget) else callback

    return {name: shared(callback) for name, callback in callbacks.items()}


def part_of_hooks(hooks: TrainingHooks, start: float, share: float) -> TrainingHooks:
    """Hooks for a share of a whole, from `start` on."""
    advance: Callable[[float], None] = lambda done: hooks.advance(start + share * done)  # noqa: E731
    return TrainingHooks(advance=advance, preview=hooks.preview, should_finish=hooks.should_finish)
