"""Teach a generator one performer: samples from the footage, a held-out tail to judge by, Lightning in between."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytorch_lightning as lightning
import torch

from motion_transfer.datasets.data_module import PerformerData
from motion_transfer.datasets.samples import Augmentation
from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.synthesis.adversarial import Adversarial
from motion_transfer.synthesis.discriminators.conditional import discriminator_channels
from motion_transfer.synthesis.discriminators.patch import PatchDiscriminator
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.generator_file import generator_file, read_weights
from motion_transfer.synthesis.generators.registry import GeneratorSpec, generator_spec
from motion_transfer.synthesis.generators.unet import SHARP, UNetGenerator
from motion_transfer.synthesis.module import LossWeights, MakeOptimizer, PerformerModule
from motion_transfer.synthesis.perceptual import read_vgg19
from motion_transfer.synthesis.training import TrainingOutcome, train
from motion_transfer.training.callbacks import StepBudget, WallClockBudget
from motion_transfer.training.initialization import load_matching
from motion_transfer.training.regularization import WeightRegularizer
from motion_transfer.training.samplers import CurriculumSampler
from motion_transfer.training.schedules import Schedule

T = TypeVar("T")
MakeSampler = Callable[..., CurriculumSampler | None]
MIN_FRAMES = 6  # frames that can be split into training and validation


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedGenerator:
    """A trained generator, how it is built again, and which crops of the footage were held out."""

    generator: ConditionalGenerator
    spec: GeneratorSpec
    outcome: TrainingOutcome
    validation: list[int]


class GeneratorTrainer:
    """Holds the settings of a training.

    Args:
        generator, discriminator: their settings, to be completed with the channels of the maps.
        sampler: makes the order of the frames from their number and how hard each is.
        minutes: of training; the schedule ends when they do.
        gan_start: share of the training after which the discriminator joins; 1 for never.
        label_smoothing, r1, gradient_clip_val, regularizers: of `PerformerModule`.
        vgg19, vgg19_strength: file of that network's weights and strength of the perceptual term; None goes without.
        start_from: folder of a performer whose generator this one starts from; None for random weights.
        start_layers: which layers are taken from there, e.g. stem and down; None for all.
        callbacks: of Lightning, by name: what averages, watches or ends the training; every training gets its own. None
            for no such one, as for a regularizer.
        validation_fraction: tail of the footage that chooses the checkpoint and stops the training.
        max_validated: frames of that tail that are looked at, evenly spread over it.
        workers: processes that render samples.
    """

    def __init__(
        self,
        generator: dict[str, Any],
        discriminator: dict[str, Any],
        optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        schedule: Schedule,
        sampler: MakeSampler,
        weights: LossWeights,
        augmentation: Augmentation,
        minutes: float,
        gan_start: float,
        label_smoothing: float,
        r1: float,
        gradient_clip_val: float,
        regularizers: dict[str, WeightRegularizer | None],
        callbacks: dict[str, lightning.Callback | None],
        vgg19: str | None,
        vgg19_strength: float,
        start_from: str | None,
        start_layers: list[str] | None,
        validation_fraction: float,
        max_validated: int,
        steps_between_validations: int,
        batch: int,
        workers: int,
        device: str,
        seed: int,
    ) -> None:
        if minutes <= 0:
            raise ValueError(f"expected a training budget above 0 minutes, got minutes={minutes}; try minutes=2")
        for make in (optimizer, discriminator_optimizer):
            check_optimizer(make)
        self.generator, self.discriminator = generator, discriminator
        self.adversarial = Adversarial(start=gan_start, label_smoothing=label_smoothing, r1=r1)
        self.make_module = partial(
            PerformerModule,
            optimizer=optimizer,
            discriminator_optimizer=discriminator_optimizer,
            weights=weights,
            gradient_clip_val=gradient_clip_val,
            regularizers=named(regularizers),
            perceptual=None if vgg19 is None else read_vgg19(Path(vgg19), vgg19_strength),
        )
        self._check_module()
        self.schedule, self.augmentation = schedule, augmentation
        self.sampler = sampler
        sampler(1, lambda: torch.zeros(1), seed=seed)  # a wrong setting fails here
        self.minutes, self.gan_start = minutes, gan_start
        self.callbacks = named(callbacks)
        self.start_layers = start_layers
        self.start_from = None if start_from is None else generator_file(Path(start_from))
        self.validation_fraction, self.max_validated = validation_fraction, max_validated
        self.steps_between_validations, self.batch, self.workers = steps_between_validations, batch, workers
        self.device, self.seed = torch.device(device), seed

    def __call__(self, data: TrainingSet, folder: Path, tell: Callable[[float], None]) -> TrainedGenerator:
        """Train, or go on with the training whose checkpoints lie in the folder.

        Raises:
            ValueError: too few frames show the person, or the generator to start from is another one.
        """
        usable = data.footage.usable()
        if len(usable) < MIN_FRAMES:
            raise ValueError(
                f"expected at least {MIN_FRAMES} frames that show the person, got {len(usable)}; use a longer clip"
            )
        training, validation = split_tail(usable, self.validation_fraction)
        chosen = validation[:: max(1, -(-len(validation) // self.max_validated))]
        lightning.seed_everything(self.seed, workers=True, verbose=False)
        channels = data.renderer().channels
        make_generator = partial(UNetGenerator, **self.generator)
        generator = make_generator(channels=channels)
        if self.start_from is not None:
            load_matching(generator, read_weights(self.start_from), prefixes=self.start_layers)
        loaded = PerformerData(
            data.samples(self.augmentation),
            training,
            chosen,
            batch=self.batch,
            multiple=generator.divisor,
            workers=self.workers,
            steps_between_validations=self.steps_between_validations,
            seed=self.seed,
            sampler=self.sampler(len(training), partial(data.difficulty, training), seed=self.seed),
        )
        budget = WallClockBudget(self.minutes * 60)
        discriminator = PatchDiscriminator(discriminator_channels(channels), **self.discriminator)
        adversarial = replace(self.adversarial, start=self.gan_start)
        module = self.make_module(generator, discriminator, budget=budget, adversarial=adversarial)
        callbacks = copy.deepcopy(list(self.callbacks.values()))
        outcome = train(module, loaded, folder, budget, self.schedule, callbacks, device=self.device, tell=tell)
        return TrainedGenerator(
            generator=generator.eval().cpu(),
            spec=generator_spec(make_generator, channels),
            outcome=outcome,
            validation=validation,
        )

    def _check_module(self) -> None:
        """Make one without memory for its weights, so that a wrong setting is found before any work."""
        with torch.device("meta"):
            generator = UNetGenerator(("u", "v", "texture_r", *SHARP), **self.generator)
            discriminator = PatchDiscriminator(1, **self.discriminator)
        self.make_module(generator, discriminator, budget=StepBudget(1), adversarial=self.adversarial)


def named(chosen: Mapping[str, T | None]) -> dict[str, T]:
    """Those that were not turned off by null."""
    return {name: one for name, one in chosen.items() if one is not None}


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


def split_tail(places: list[int], share: float) -> tuple[list[int], list[int]]:
    """The frames that teach and the contiguous tail that judges: never random frames, whose neighbours were taught."""
    held_out = max(2, round(len(places) * share))
    return places[:-held_out], places[-held_out:]
