"""The training step: first colours and alpha, late and lightly the GAN. Lightning with manual optimization."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from motion_transfer.synthesis.adversarial import lsgan_loss, patch_scores
from motion_transfer.synthesis.adversarial_module import AdversarialModule, Batch, Losses, MakeOptimizer, split_batch
from motion_transfer.synthesis.candidates import candidates_of
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator, discriminator_input
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, paint_previous
from motion_transfer.synthesis.objective import Objective
from motion_transfer.synthesis.validation import Validate
from motion_transfer.training.callbacks import Budget
from motion_transfer.training.regularization import r1_penalty
from motion_transfer.training.trainer import TrainerSettings


class PerformerModule(AdversarialModule):
    """Trains a generator on samples of one performer.

    Args:
        validate: scores the generator on held-out frames.
        objective: the terms of the loss.
        budget, optimizer, discriminator_optimizer, trainer_settings: as `AdversarialModule` has them.
    """

    generator: ConditionalGenerator

    def __init__(
        self,
        generator: ConditionalGenerator,
        discriminator: ConditionalDiscriminator,
        budget: Budget,
        validate: Validate,
        *,
        optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        objective: Objective,
        trainer_settings: TrainerSettings,
    ) -> None:
        super().__init__(
            generator,
            discriminator,
            budget,
            validate,
            optimizer=optimizer,
            discriminator_optimizer=discriminator_optimizer,
            gradient_clip_val=objective.gradient_clip_val,
            trainer_settings=trainer_settings,
        )
        self.objective = objective

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        optimizers: Any = self.optimizers()
        generator_optimizer, discriminator_optimizer = optimizers
        adversarial = self.objective.adversarial
        with_gan = self.budget.progress >= adversarial.start
        parts = [self._prepared(part) for part in split_batch(batch, self._settings.accumulate_grad_batches)]

        def generator_losses(part: _Part) -> Losses:
            # Phase 1: the generator paints, and its picture is compared with the filmed frame.
            painted = self._paint(part.batch["maps"], part.previous, **part.given)
            picture = painted.over(part.batch["plate"])
            part.picture = picture.detach()
            terms = self.objective.without_discriminator(self.generator, painted, picture, part.batch)
            if with_gan:
                # Phase 2: the generator also learns to make the discriminator take its picture for a filmed one.
                losses, seen = self.objective.losses, (part.shown(picture), part.shown_filmed(part.batch["rgb"]))
                terms |= self._adversarial_losses(*seen, adversarial=losses.adversarial, features=losses.features)
            return terms

        def discriminator_losses(part: _Part) -> Losses:
            # Phase 3: the discriminator learns to tell painted from filmed.
            filmed = part.batch["rgb"].detach().requires_grad_(adversarial.r1 > 0)
            fake, real = self._judge(part.shown(part.picture)), self._judge(part.shown_filmed(filmed))
            terms = {"discriminator": 0.5 * (lsgan_loss(fake, 0.0) + lsgan_loss(real, adversarial.real_label()))}
            if adversarial.r1 > 0:
                scores = patch_scores(real)
                terms["r1"] = adversarial.r1 / scores.shape[1] * r1_penalty(scores, filmed)
            return terms

        self._step(generator_optimizer, self.generator, generator_losses, parts)
        self._last = (parts[-1].picture, parts[-1].batch["rgb"])
        if with_gan:
            self._step(discriminator_optimizer, self.discriminator, discriminator_losses, parts)

    def _prepared(self, batch: Batch) -> "_Part":
        previous = paint_previous(self.generator, batch["maps_before"], batch["plate"], batch["has_previous"])
        given = {"candidates": candidates_of(batch)} if self.generator.judges else {}
        two_frame = self.objective.adversarial.two_frame
        return _Part(batch, self.generator.channels, two_frame, previous, given, picture=batch["rgb"])


@dataclass(slots=True)
class _Part:
    """A part of a batch, what the generator reads with it, and what it painted last."""

    batch: Batch
    channels: tuple[str, ...]
    two_frame: bool
    previous: Tensor | None
    given: dict[str, Any]
    picture: Tensor

    def shown(self, picture: Tensor) -> Tensor:
        """What the discriminator sees of a painted picture."""
        return discriminator_input(self.batch, self.channels, self.previous, picture, two_frame=self.two_frame)

    def shown_filmed(self, picture: Tensor) -> Tensor:
        """What it sees of a filmed one."""
        before = self.batch["rgb_before"] if self.two_frame else self.previous
        return discriminator_input(self.batch, self.channels, before, picture, two_frame=self.two_frame)
