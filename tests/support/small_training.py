"""A small training of the performer module: what it learns from, and how far its losses and discriminator came."""

from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from quiet_training import quiet_trainer
from torch import Tensor
from torch.utils.data import DataLoader

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.adversarial import Adversarial
from motion_transfer.synthesis.discriminators.conditional import discriminator_channels
from motion_transfer.synthesis.discriminators.patch import PatchDiscriminator
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.losses import LossWeights
from motion_transfer.synthesis.module import PerformerModule
from motion_transfer.synthesis.objective import Objective
from motion_transfer.synthesis.perceptual import PerceptualDistance
from motion_transfer.synthesis.validation import Validate, ValidationScores
from motion_transfer.training.callbacks import StepBudget
from motion_transfer.training.regularization import WeightRegularizer
from motion_transfer.training.trainer import TrainerSettings

WEIGHTS = LossWeights(
    colour=1.0,
    gradient=1.0,
    structure=0.1,
    alpha=0.5,
    blend=0.0,
    texture=0.01,
    adversarial=0.02,
    features=0.1,
    votes=1.0,
)

PLAIN = TrainerSettings(precision="32-true", channels_last=True, accumulate_grad_batches=1, compile=False)


def sample(seed: int) -> dict[str, Tensor]:
    """A red person before a dark room whose baked texture is blue."""
    draw = torch.Generator().manual_seed(seed)
    left = torch.zeros(32, 32)
    left[:, : 12 + seed % 8] = 1
    maps = torch.rand(len(SMPL_CHANNELS), 32, 32, generator=draw) * 0.2
    for name, value in {"silhouette": 1.0, "seen": 1.0, "texture_r": -1.0, "texture_g": -1.0, "texture_b": 1.0}.items():
        maps[SMPL_CHANNELS.index(name)] = value * left
    plate = torch.full((3, 32, 32), -0.8)
    red = torch.tensor([0.8, -0.8, -0.8])[:, None, None]
    return {
        "maps": maps,
        "maps_before": maps.clone(),
        "plate": plate,
        "rgb": left * red + (1 - left) * plate,
        "alpha": left[None],
        "weight": torch.ones(1, 32, 32),
        "has_previous": torch.tensor(float(seed % 2)),
    }


class Watch(lightning.Callback):
    def __init__(self) -> None:
        self.terms: list[dict[str, float]] = []
        self.judges: list[Tensor] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any, **__: Any) -> None:
        self.terms.append({name: float(term) for name, term in pl_module.loss_terms.items()})
        self.judges.append(torch.cat([p.detach().flatten() for p in pl_module.discriminator.parameters()]).clone())
        assert all(p.requires_grad for p in pl_module.parameters())


def never(_: ConditionalGenerator) -> ValidationScores:
    raise AssertionError("nothing is validated here")


def make_module(
    generator: Any,
    budget: StepBudget,
    *,
    gan_start: float,
    weight_norm: str = "none",
    r1: float = 0.0,
    label_smoothing: float = 0.1,
    two_frame: bool = False,
    regularizers: dict[str, WeightRegularizer] | None = None,
    perceptual: PerceptualDistance | None = None,
    validate: Validate = never,
    trainer_settings: TrainerSettings = PLAIN,
) -> PerformerModule:
    adam = partial(torch.optim.Adam, lr=4e-3)
    judge = PatchDiscriminator(
        discriminator_channels(SMPL_CHANNELS, two_frame=False),
        base_channels=4,
        layers=2,
        scales=1,
        norm="instance",
        weight_norm=weight_norm,
    )
    objective = Objective(
        losses=WEIGHTS,
        adversarial=Adversarial(start=gan_start, label_smoothing=label_smoothing, r1=r1, two_frame=two_frame),
        perceptual=perceptual,
        regularizers=regularizers or {},
        gradient_clip_val=1.0,
    )
    return PerformerModule(
        generator,
        judge,
        budget,
        validate,
        optimizer=adam,
        discriminator_optimizer=adam,
        objective=objective,
        trainer_settings=trainer_settings,
    )


def train(module: PerformerModule, budget: StepBudget, folder: Path) -> Watch:
    watch = Watch()
    trainer = quiet_trainer(folder, budget, watch, max_epochs=1)
    trainer.fit(module, DataLoader([sample(i) for i in range(budget.steps)], batch_size=1))  # pyright: ignore
    return watch
