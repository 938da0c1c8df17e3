"""What trainings of a network against a discriminator share: steps, validation, pictures. Manual optimization."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import pytorch_lightning as lightning
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from motion_transfer.synthesis.adversarial import feature_matching_loss, lsgan_loss
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator
from motion_transfer.synthesis.validation import Scores
from motion_transfer.training.callbacks import Budget
from motion_transfer.training.optimizers.groups import decay_groups
from motion_transfer.training.precision import loss_scale
from motion_transfer.training.trainer import TrainerSettings

Batch = dict[str, Tensor]
Losses = dict[str, Tensor]
MakeOptimizer = Callable[[Iterable[Any]], Optimizer]
PartT = TypeVar("PartT")


class AdversarialModule(lightning.LightningModule):
    """Trains a network that paints, and a discriminator.

    Args:
        generator: the network that paints.
        budget: knows how much of the training is done.
        validate: scores the network on held-out frames.
        optimizer, discriminator_optimizer: make one from parameters.
        gradient_clip_val: largest norm of a gradient.
        trainer_settings: how many parts a batch has, whose gradients are averaged, and whether networks are compiled.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: ConditionalDiscriminator,
        budget: Budget,
        validate: Callable[[Any], Scores],
        *,
        optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        gradient_clip_val: float,
        trainer_settings: TrainerSettings,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.discriminator, self.budget = generator, discriminator, budget
        # Weight averaging copies the module with all it holds; of a function it copies nothing.
        self._validate: Callable[[Any], Scores] = lambda generator: validate(generator)
        self._optimizer, self._discriminator_optimizer = optimizer, discriminator_optimizer
        self._gradient_clip_val, self._settings = gradient_clip_val, trainer_settings
        self.loss_terms: Losses = {}
        self.scores: Scores | None = None
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

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        """Score the generator; Lightning's hooks around it swap averaged weights, stop early and keep checkpoints."""
        with torch.autocast(self.device.type, enabled=False):  # in the precision in which results are rendered
            mine = self._validate(self.generator) if self.trainer.is_global_zero else None
        scores: Scores = cast(Any, self.trainer.strategy.broadcast(mine))
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

    def _adversarial_losses(self, painted: Tensor, filmed: Tensor, *, adversarial: float, features: float) -> Losses:
        """What the discriminator says of a painted picture beside the filmed one, weighted; it learns nothing here."""
        self.discriminator.requires_grad_(False)
        fake, real = self._judge(painted), self._judge(filmed)
        terms = {
            "adversarial": adversarial * lsgan_loss(fake, 1.0),
            "features": features * feature_matching_loss(fake, real),
        }
        self.discriminator.requires_grad_(True)
        return terms

    def _step(
        self, optimizer: Any, network: nn.Module, compute_terms: Callable[[PartT], Losses], parts: Sequence[PartT]
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
            most = self._gradient_clip_val * loss_scale(self.trainer)
            torch.nn.utils.clip_grad_norm_(network.parameters(), most)
            return torch.stack(list(self.loss_terms.values())).sum()

        optimizer.step(closure=loss)


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
