"""The training step: first colours and alpha, late and lightly the GAN. Lightning with manual optimization."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
from motion_transfer.training.precision import loss_scale
from motion_transfer.training.regularization import r1_penalty
from motion_transfer.training.trainer import TrainerSettings

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
        trainer_settings: how many parts a batch has, whose gradients are averaged, and whether networks are compiled.
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
        trainer_settings: TrainerSettings,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.discriminator, self.budget = generator, discriminator, budget
        # Weight averaging copies the module with all it holds; of a function it copies nothing.
        self._validate: Validate = lambda generator: validate(generator)
        self._optimizer, self._discriminator_optimizer = optimizer, discriminator_optimizer
        self.objective, self._settings = objective, trainer_settings
        self.loss_terms: Losses = {}
        self.scores: ValidationScores | None = None
        self.history: list[dict[str, float]] = []
        self._last: tuple[Tensor, Tensor] | None = None  # what the last step painted, and the same frames as filmed

    def on_fit_start(self) -> None:
        # Held as functions, so that neither checkpoints nor averages of weights hold a network twice.
        self._paint, self._judge = _called(self._settings, self.generator), _called(self._settings, self.discriminator)

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
        parts = [self._prepared(part) for part in split_batch(batch, self._settings.accumulate_grad_batches)]

        def generator_losses(part: _Part) -> Losses:
            # Phase 1: the generator paints, and its picture is compared with the filmed frame.
            painted = self._paint(part.batch["maps"], part.previous, **part.given)
            picture = painted.over(part.batch["plate"])
            part.picture = picture.detach()
            terms = self.objective.without_discriminator(self.generator, painted, picture, part.batch)
            if with_gan:
                # Phase 2: the generator also learns to make the discriminator take its picture for a filmed one.
                terms |= self._adversarial_losses(part.shown(picture), part.shown_filmed(part.batch["rgb"]))
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

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Score the generator; Lightning's hooks around it swap averaged weights, stop early and keep checkpoints."""
        with torch.autocast(self.device.type, enabled=False):  # in the precision in which results are rendered
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
        fake, real = self._judge(painted), self._judge(filmed)
        terms = {
            "adversarial": self.objective.losses.adversarial * lsgan_loss(fake, 1.0),
            "features": self.objective.losses.features * feature_matching_loss(fake, real),
        }
        self.discriminator.requires_grad_(True)
        return terms

    def _step(
        self, optimizer: Any, network: nn.Module, compute_terms: Callable[["_Part"], Losses], parts: list["_Part"]
    ) -> None:
        """Take a step along the parts' mean gradient, which the optimizer evaluates where it needs it."""

        def loss() -> Tensor:
            optimizer.zero_grad()
            found: list[Losses] = []
            for part in parts:
                terms = compute_terms(part)
                self.loss_terms = {name: term.detach() for name, term in terms.items()}
                found.append(self.loss_terms)
                self.manual_backward(torch.stack(list(terms.values())).sum() / len(parts))
            self.loss_terms = {name: torch.stack([terms[name] for terms in found]).mean() for name in found[0]}
            most = self.objective.gradient_clip_val * loss_scale(self.trainer)
            torch.nn.utils.clip_grad_norm_(network.parameters(), most)
            return torch.stack(list(self.loss_terms.values())).sum()

        optimizer.step(closure=loss)


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


def _called(settings: TrainerSettings, network: nn.Module) -> Callable[..., Any]:
    """A network as training calls it."""
    call = settings.compiled(network)
    return lambda *inputs, **named: call(*inputs, **named)


def split_batch(batch: Batch, parts: int) -> list[Batch]:
    """Split a batch into parts of one size.

    Raises:
        ValueError: it has no such parts.
    """
    count = len(next(iter(batch.values())))
    if count % parts:
        raise ValueError(f"expected a batch of {parts} equal parts, got {count} samples; change training.batch")
    size = count // parts
    return [{name: values[first : first + size] for name, values in batch.items()} for first in range(0, count, size)]


def _make_optimizer(make: MakeOptimizer, network: nn.Module) -> Optimizer:
    """Make a network's optimizer; where weights decay, biases and normalization layers do not."""
    optimizer = make(network.parameters())
    decay = optimizer.defaults.get("weight_decay", 0.0)
    return make(decay_groups(network, weight_decay=decay)) if decay else optimizer
