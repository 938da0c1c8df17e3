"""The training step of a refiner, after the generator, which stays as it is (Chan et al. 2019, section 3.3, eq. 5)."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.synthesis.adversarial import lsgan_loss
from motion_transfer.synthesis.adversarial_module import AdversarialModule, Batch, Losses, MakeOptimizer, split_batch
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator
from motion_transfer.synthesis.losses import colour_loss, gradient_loss
from motion_transfer.synthesis.objective import Perceptual
from motion_transfer.synthesis.refiners.part_refiner import PartRefiner
from motion_transfer.synthesis.validation import ValidateRefiner
from motion_transfer.training.callbacks import Budget
from motion_transfer.training.trainer import TrainerSettings

PERSON_WEIGHT = 3.0  # of a pixel of the person against one of the background
COLOURS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinerObjective:
    """What a refiner's training minimizes: weights of the terms, beside the perceptual one of the generator's training.

    Attributes:
        adversarial_start: fraction of the training after which the discriminator joins; 1 for never.
        gradient_clip_val: largest norm of a gradient.
    """

    colour: float
    gradient: float
    adversarial: float
    features: float
    adversarial_start: float
    gradient_clip_val: float


class RefinerModule(AdversarialModule):
    """Trains a refiner on pairs of squares.

    Args:
        validate: scores the refiner on squares of held-out frames.
        perceptual: compares pictures by the features of a trained network; None goes without.
        budget, optimizer, discriminator_optimizer, trainer_settings: as `AdversarialModule` has them.
    """

    def __init__(
        self,
        refiner: PartRefiner,
        discriminator: ConditionalDiscriminator,
        budget: Budget,
        validate: ValidateRefiner,
        *,
        optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        objective: RefinerObjective,
        perceptual: Perceptual,
        trainer_settings: TrainerSettings,
    ) -> None:
        super().__init__(
            refiner,
            discriminator,
            budget,
            validate,
            optimizer=optimizer,
            discriminator_optimizer=discriminator_optimizer,
            gradient_clip_val=objective.gradient_clip_val,
            trainer_settings=trainer_settings,
        )
        self.objective, self._perceptual = objective, perceptual

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        optimizers: Any = self.optimizers()
        refiner_optimizer, discriminator_optimizer = optimizers
        with_gan = self.budget.progress >= self.objective.adversarial_start
        parts = split_batch(batch, self._settings.accumulate_grad_batches)

        def refiner_losses(part: Batch) -> Losses:
            # Phase 1: what the refiner adds brings the painted square nearer to the filmed one.
            picture = part["painted"] + self._paint(part["painted"], part["condition"])
            part["refined"] = picture.detach()
            terms = self._reconstruction(picture, part)
            if with_gan:
                # Phase 2: the refiner also learns to make the discriminator take its square for a filmed one.
                seen, goal = (_shown(part, picture), _shown(part, part["rgb"])), self.objective
                terms |= self._adversarial_losses(*seen, adversarial=goal.adversarial, features=goal.features)
            return terms

        def discriminator_losses(part: Batch) -> Losses:
            # Phase 3: the discriminator learns to tell refined from filmed.
            fake, real = self._judge(_shown(part, part["refined"])), self._judge(_shown(part, part["rgb"]))
            return {"discriminator": 0.5 * (lsgan_loss(fake, 0.0) + lsgan_loss(real, 1.0))}

        self._step(refiner_optimizer, self.generator, refiner_losses, parts)
        self._last = (parts[-1]["refined"], parts[-1]["rgb"])
        if with_gan:
            self._step(discriminator_optimizer, self.discriminator, discriminator_losses, parts)

    def _reconstruction(self, picture: Tensor, part: Batch) -> Losses:
        weight = part["valid"] * (1 + (PERSON_WEIGHT - 1) * part["person"])
        terms = {
            "colour": self.objective.colour * colour_loss(picture, part["rgb"], weight),
            "gradient": self.objective.gradient * gradient_loss(picture, part["rgb"], weight),
        }
        if self._perceptual is not None:
            terms["perceptual"] = self._perceptual(picture, part["rgb"], weight)
        return terms


def refiner_discriminator_channels(channels: tuple[str, ...]) -> int:
    """Count the channels that the discriminator of a refiner of these maps sees."""
    return len(channels) + COLOURS


def _shown(part: Batch, picture: Tensor) -> Float[Tensor, "batch input height width"]:
    """What the discriminator sees of a square: its maps and its valid pixels."""
    return torch.cat([part["condition"], picture * part["valid"]], 1)
