"""The training step: first colours and alpha, late and lightly the GAN. Lightning with manual optimization."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

import pytorch_lightning as lightning
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from motion_transfer.synthesis.adversarial import feature_matching_loss, lsgan_loss, patch_scores
from motion_transfer.synthesis.candidates import candidates_of
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator, discriminator_input
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, paint_previous
from motion_transfer.synthesis.objective import Objective
from motion_transfer.synthesis.validation import Validate, ValidationScores
from motion_transfer.training.callbacks import Budget
from motion_transfer.training.optimizers.groups import decay_groups
from motion_transfer.training.regularization import r1_penalty

Batch = dict[str, Tensor]
Losses = dict[str, Tensor]
MakeOptimizer = Callable[[Iterable[Any]], Optimizer]


class PerformerModule(lightning.LightningModule):
    """Trains a generator on samples of one performer.

    Args:
        budget: knows how much of the training is done.
        validate: scores the generator on held-out frames.
        optimizer, discriminator_optimizer: make one from parameters.
        objective: the terms of the loss.
    """

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
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.discriminator, self.budget = generator, discriminator, budget
        # Weight averaging copies the module with all it holds; of a function it copies nothing.
        self._validate: Validate = lambda generator: validate(generator)
        self._optimizer, self._discriminator_optimizer = optimizer, discriminator_optimizer
        self.objective = objective
        self.loss_terms: Losses = {}
        self.scores: ValidationScores | None = None
        self.history: list[dict[str, float]] = []
        self._last: tuple[Tensor, Tensor] | None = None  # what the last step painted, and the same frames as filmed

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]

    def configure_optimizers(self) -> list[Optimizer]:
        return [
            _make_optimizer(self._optimizer, self.generator),
            _make_optimizer(self._discriminator_optimizer, self.discriminator),
        ]

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        optimizers: Any = self.optimizers()
        generator_optimizer, discriminator_optimizer = optimizers
        adversarial = self.objective.adversarial
        with_gan = self.budget.progress >= adversarial.start
        previous = paint_previous(self.generator, batch["maps_before"], batch["plate"], batch["has_previous"])
        shown = partial(discriminator_input, batch, self.generator.channels, previous)
        given = {"candidates": candidates_of(batch)} if self.generator.judges else {}
        pictures: list[Tensor] = []

        def generator_losses() -> Losses:
            # Phase 1: the generator paints, and its picture is compared with the filmed frame.
            painted = self.generator(batch["maps"], previous, **given)
            picture = painted.over(batch["plate"])
            pictures.append(picture.detach())
            terms = self.objective.without_discriminator(self.generator, painted, picture, batch)
            if with_gan:
                # Phase 2: the generator also learns to make the discriminator take its picture for a filmed one.
                terms |= self._adversarial_losses(shown(picture), shown(batch["rgb"]))
            return terms

        def discriminator_losses() -> Losses:
            # Phase 3: the discriminator learns to tell painted from filmed.
            filmed = batch["rgb"].detach().requires_grad_(adversarial.r1 > 0)
            fake, real = self.discriminator(shown(pictures[-1])), self.discriminator(shown(filmed))
            terms = {"discriminator": 0.5 * (lsgan_loss(fake, 0.0) + lsgan_loss(real, adversarial.real_label()))}
            if adversarial.r1 > 0:
                scores = patch_scores(real)
                terms["r1"] = adversarial.r1 / scores.shape[1] * r1_penalty(scores, filmed)
            return terms

        self._step(generator_optimizer, self.generator, generator_losses)
        self._last = (pictures[-1], batch["rgb"])
        if with_gan:
            self._step(discriminator_optimizer, self.discriminator, discriminator_losses)

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Score the generator; Lightning's hooks around it swap averaged weights, stop early and keep checkpoints."""
        mine = self._validate(self.generator) if self.trainer.is_global_zero else None
        scores: ValidationScores = cast(Any, self.trainer.strategy.broadcast(mine))
        self.scores, logged = scores, scores.to_log()
        self.history.append(logged)
        self.log_dict(logged, batch_size=1)

    def sample_images(self) -> Float[Tensor, "image 3 height width"]:
        """Give the pictures of the last validation, each painted frame before the filmed one, in [0, 1]."""
        if self.scores is None:
            raise RuntimeError("expected a validation before pictures of it, got none; ask after validation")
        return torch.from_numpy(self.scores.pictures).permute(0, 3, 1, 2) / 255

    def sample_batch(self, most: int) -> Float[Tensor, "image 3 height width"]:
        """Give some frames of the last step, each as it was painted before the filmed one, in [0, 1]."""
        if self._last is None:
            raise RuntimeError("expected a step before pictures of it, got none; ask after one")
        painted, filmed = (pictures[:most] * 0.5 + 0.5 for pictures in self._last)
        return torch.stack([painted, filmed], 1).flatten(0, 1)

    def _adversarial_losses(self, painted: Tensor, filmed: Tensor) -> Losses:
        self.discriminator.requires_grad_(False)
        fake, real = self.discriminator(painted), self.discriminator(filmed)
        terms = {
            "adversarial": self.objective.losses.adversarial * lsgan_loss(fake, 1.0),
            "features": self.objective.losses.features * feature_matching_loss(fake, real),
        }
        self.discriminator.requires_grad_(True)
        return terms

    def _step(self, optimizer: Any, network: nn.Module, compute_terms: Callable[[], Losses]) -> None:
        """Take a step along the gradient of the terms, which the optimizer evaluates where it needs them."""

        def loss() -> Tensor:
            terms = compute_terms()
            self.loss_terms = {name: term.detach() for name, term in terms.items()}
            optimizer.zero_grad()
            total = torch.stack(list(terms.values())).sum()
            self.manual_backward(total)
            torch.nn.utils.clip_grad_norm_(network.parameters(), self.objective.gradient_clip_val)
            return total

        optimizer.step(closure=loss)


def _make_optimizer(make: MakeOptimizer, network: nn.Module) -> Optimizer:
    """Make a network's optimizer; where weights decay, biases and normalization layers do not."""
    optimizer = make(network.parameters())
    decay = optimizer.defaults.get("weight_decay", 0.0)
    return make(decay_groups(network, weight_decay=decay)) if decay else optimizer
