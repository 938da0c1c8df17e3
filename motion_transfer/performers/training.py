"""Training of a generator on the samples of one performer: what it needs beside Lightning's loop, and its result."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytorch_lightning as lightning
import torch

from motion_transfer.datasets.data_module import PerformerData
from motion_transfer.datasets.samples import Augmentation
from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.performers.validation import HeldOut
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.adversarial_module import MakeOptimizer
from motion_transfer.synthesis.discriminators.conditional import (
    ConditionalDiscriminator,
    MakeDiscriminator,
    discriminator_channels,
)
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.generator_file import generator_file, read_weights
from motion_transfer.synthesis.generators.registry import GeneratorSpec, MakeGenerator, generator_spec
from motion_transfer.synthesis.module import PerformerModule
from motion_transfer.synthesis.objective import Objective
from motion_transfer.synthesis.training import TrainingHooks, TrainingOutcome, train
from motion_transfer.synthesis.validation import Validate
from motion_transfer.training.callbacks import WallClockBudget
from motion_transfer.training.initialization import load_matching
from motion_transfer.training.precision import precision_on
from motion_transfer.training.samplers import CurriculumSampler
from motion_transfer.training.schedules import Schedule
from motion_transfer.training.trainer import TrainerSettings

MakeSampler = Callable[..., CurriculumSampler | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretrained:
    """Another performer's generator, whose weights a training starts from.

    Attributes:
        folder: of that performer; None starts from random weights.
        layers: which layers are taken from it, e.g. stem and down; None for all.

    Raises:
        ValueError: the folder is none of a performer, or its generator cannot be read.
    """

    folder: str | Path | None
    layers: list[str] | None

    def __post_init__(self) -> None:
        if self.folder is not None:
            read_weights(generator_file(Path(self.folder)))

    def load_into(self, generator: ConditionalGenerator) -> None:
        """Replace the generator's weights by those of the same name and shape."""
        if self.folder is not None:
            load_matching(generator, read_weights(generator_file(Path(self.folder))), prefixes=self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedGenerator:
    """A trained generator, and how it and the refiners of its frames are built again."""

    generator: ConditionalGenerator
    spec: GeneratorSpec
    outcome: TrainingOutcome
    refiners: Mapping[str, GeneratorSpec] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorTrainer:
    """The settings of a training.

    Attributes:
        generator: makes one from the names of its maps.
        discriminator: makes one from the number of its input channels.
        optimizer, discriminator_optimizer: make one from parameters.
        sampler: makes the order of the frames from their number and how hard each is.
        trainer: how it uses its device.
        held_out: which frames choose the checkpoint and stop the training.
        callbacks: of Lightning, by name: what averages, watches or ends the training; every training gets its own. None
            for one that is turned off.
        minutes: of training; the schedule ends when they do.
        batch: samples in memory at a time; `trainer` says how many batches make a step.
        workers: processes that render samples.

    Raises:
        ValueError: a setting is out of its range.
    """

    generator: MakeGenerator
    discriminator: MakeDiscriminator
    optimizer: MakeOptimizer
    discriminator_optimizer: MakeOptimizer
    schedule: Schedule
    objective: Objective
    sampler: MakeSampler
    augmentation: Augmentation
    trainer: TrainerSettings
    held_out: HeldOut
    callbacks: dict[str, lightning.Callback | None]
    pretrained: Pretrained
    minutes: float
    steps_between_validations: int
    batch: int
    workers: int
    device: str
    seed: int

    def __post_init__(self) -> None:
        for make in (self.optimizer, self.discriminator_optimizer):
            check_optimizer(make)
        precision_on(torch.device(self.device), self.trainer.precision)
        self.sampler(1, lambda: torch.zeros(1), seed=self.seed)
        judges = self.judges(SMPL_CHANNELS)
        with torch.device("meta"):
            self.make_discriminator(SMPL_CHANNELS)
        if self.minutes < 0 or (self.minutes == 0 and not judges):
            least = "of at least 0" if judges else "above 0"
            raise ValueError(f"expected a training budget {least} minutes, got minutes={self.minutes}; try minutes=2")

    def judges(self, channels: tuple[str, ...]) -> bool:
        """Whether a generator of these maps reads candidates.

        Raises:
            ValueError: it cannot read these maps.
        """
        with torch.device("meta"):  # without memory for weights
            return self.generator(channels=channels).judges

    def make_discriminator(self, channels: tuple[str, ...]) -> ConditionalDiscriminator:
        """Make the discriminator of a generator of these maps."""
        return self.discriminator(discriminator_channels(channels, two_frame=self.objective.adversarial.two_frame))

    def make_generator(self, data: TrainingSet) -> ConditionalGenerator:
        """Make the generator for the maps of the training set, with its first weights."""
        lightning.seed_everything(self.seed, workers=True, verbose=False)
        generator = self.generator(channels=data.renderer().channels)
        self.pretrained.load_into(generator)
        return generator

    def __call__(
        self,
        generator: ConditionalGenerator,
        data: TrainingSet,
        crops: Sequence[int],
        validate: Validate,
        folder: Path,
        hooks: TrainingHooks,
    ) -> TrainedGenerator:
        """Train a generator of `make_generator`, or go on with the training whose checkpoints lie in the folder.

        Args:
            crops: indices of the footage's crops that are trained on.
            validate: scores a generator on other frames.
        """
        if self.minutes == 0:
            return self._untrained(generator)
        loaded = PerformerData(
            data.samples(self.augmentation, list(crops) if generator.judges else None),
            list(crops),
            batch=self.batch * self.trainer.accumulate_grad_batches,
            multiple=generator.divisor,
            workers=self.workers,
            steps_between_validations=self.steps_between_validations,
            seed=self.seed,
            sampler=self.sampler(len(crops), partial(data.difficulty, list(crops)), seed=self.seed),
        )
        budget = WallClockBudget(self.minutes * 60)
        discriminator = self.make_discriminator(generator.channels)
        for network in (generator, discriminator):
            self.trainer.lay_out(network)
        module = PerformerModule(
            generator,
            discriminator,
            budget,
            validate,
            optimizer=self.optimizer,
            discriminator_optimizer=self.discriminator_optimizer,
            objective=self.objective,
            trainer_settings=self.trainer,
        )
        callbacks = [copy.deepcopy(callback) for callback in self.callbacks.values() if callback is not None]
        device = torch.device(self.device)
        precision = self.trainer.precision
        outcome = train(
            module, loaded, folder, budget, self.schedule, callbacks, device=device, precision=precision, hooks=hooks
        )
        return TrainedGenerator(
            generator=generator.eval().cpu(), spec=generator_spec(self.generator, generator.channels), outcome=outcome
        )

    def _untrained(self, generator: ConditionalGenerator) -> TrainedGenerator:
        """The generator as it is, which leaves everything to geometry."""
        outcome = TrainingOutcome(steps=0, seconds=0.0, device=self.device, psnr=0.0, psnr_person=0.0, ended="budget")
        return TrainedGenerator(
            generator=generator.eval(), spec=generator_spec(self.generator, generator.channels), outcome=outcome
        )


def check_optimizer(make: MakeOptimizer) -> None:
    """Make one for a small network, so that a setting it does not take is found before any work.

    Raises:
        ValueError: it does not take one of its settings, or works on a single tensor only, as ADMM does.
    """
    try:
        make(torch.nn.Linear(1, 1).parameters())
    except TypeError as mistake:
        raise ValueError(
            f"expected an optimizer with settings that it takes, got {mistake}; choose training/optimizer=NAME whole"
        ) from mistake
