"""How the generator learns: first colours and alpha, late and lightly the GAN. Lightning, manual optimization."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from motion_transfer.synthesis import losses
from motion_transfer.synthesis.discriminator import PatchDiscriminator, feature_distance, judge_real, judged_input
from motion_transfer.synthesis.generator import Generator, Painted
from motion_transfer.training.callbacks import Budget

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """Balance of the terms. `texture` keeps the learnable texture small, `own` prefers the baked one."""

    colour: float
    gradient: float
    structure: float
    alpha: float
    own: float
    texture: float
    adversarial: float
    features: float


class PerformerModule(lightning.LightningModule):
    """Trains a generator against footage.

    Args:
        gan_start: share of the training after which the discriminator joins; 1 for never.
        real_label: what the discriminator should say of real pictures (one-sided label smoothing).
        clip_norm: largest norm of a gradient.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: PatchDiscriminator,
        optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        weights: LossWeights,
        budget: Budget,
        *,
        gan_start: float,
        real_label: float,
        clip_norm: float,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.discriminator = generator, discriminator
        self._optimizer, self._discriminator_optimizer = optimizer, discriminator_optimizer
        self.weights, self.budget = weights, budget
        self.gan_start, self.real_label, self.clip_norm = gan_start, real_label, clip_norm
        self.loss_terms: dict[str, Tensor] = {}
        self._previous: Tensor | None = None
        self._scores: list[tuple[float, float]] = []
        self.history: list[dict[str, float]] = []

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]

    def configure_optimizers(self) -> list[Optimizer]:
        return [
            self._optimizer(self.generator.parameters()),
            self._discriminator_optimizer(self.discriminator.parameters()),
        ]

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        optimizers: Any = self.optimizers()
        generator_optimizer, discriminator_optimizer = optimizers
        with_gan = self.budget.progress >= self.gan_start
        previous = self._paint_before(batch)
        pictures: list[Tensor] = []
        shown = partial(judged_input, batch, self.generator.channels, previous)

        def to_paint() -> dict[str, Tensor]:
            # Phase 1: the generator paints, and is compared with the frame.
            painted = self.generator(batch["maps"], previous)
            picture = painted.over(batch["plate"])
            pictures.append(picture.detach())
            terms = reconstruction_terms(self.generator, self.weights, painted, picture, batch)
            if with_gan:
                # Phase 2: the generator also wants the discriminator to take its picture for a real one.
                self.discriminator.requires_grad_(False)
                fake = self.discriminator(shown(picture))
                real = self.discriminator(shown(batch["rgb"]))
                terms["adversarial"] = self.weights.adversarial * judge_real(fake, 1.0)
                terms["features"] = self.weights.features * feature_distance(fake, real)
                self.discriminator.requires_grad_(True)
            return terms

        def to_judge() -> dict[str, Tensor]:
            # Phase 3: the discriminator learns to tell the two apart.
            fake, real = self.discriminator(shown(pictures[-1])), self.discriminator(shown(batch["rgb"]))
            return {"discriminator": 0.5 * (judge_real(fake, 0.0) + judge_real(real, self.real_label))}

        self._step(generator_optimizer, self.generator, to_paint)
        if with_gan:
            self._step(discriminator_optimizer, self.discriminator, to_judge)

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        """Paint the held-out frames in sequence, each from the output before, as in use."""
        previous = self._previous if batch_idx > 0 else None
        picture = self.generator(batch["maps"], previous).over(batch["plate"]).clamp(-1, 1)
        self._previous = picture
        squared = ((picture - batch["rgb"]) / 2) ** 2
        whole = losses.weighted_mean(squared, (batch["weight"] > 0).float())
        person = losses.weighted_mean(squared, (batch["alpha"] > 0.5).float() * (batch["weight"] > 0.5))
        self._scores.append((_psnr(whole), _psnr(person)))

    def on_validation_epoch_end(self) -> None:
        whole, person = np.mean(self._scores, axis=0) if self._scores else (0.0, 0.0)
        self._scores, self._previous = [], None
        # All at once over the pixels would let one bad frame decide; the mean over frames is what reports state.
        score = {"validation": float(whole + person), "psnr": float(whole), "psnr_person": float(person)}
        self.history.append(score)
        self.log_dict(score)

    def _paint_before(self, batch: dict[str, Tensor]) -> Tensor | None:
        """The generator's own picture of the frame before: what it will read when it is used, errors and all."""
        if not self.generator.previous or not bool(batch["has_previous"].any()):
            return None
        with torch.no_grad():
            before = self.generator(batch["maps_before"], None).over(batch["plate"])
        return before * batch["has_previous"].view(-1, 1, 1, 1)

    def _step(self, optimizer: Any, module: nn.Module, make_terms: Callable[[], dict[str, Tensor]]) -> None:
        """Take a step along the gradient of the terms; the optimizer says where it wants them (proximal ones ahead)."""

        def loss() -> Tensor:
            terms = make_terms()
            self.loss_terms = {name: term.detach() for name, term in terms.items()}
            optimizer.zero_grad()
            total = torch.stack(list(terms.values())).sum()
            self.manual_backward(total)
            torch.nn.utils.clip_grad_norm_(module.parameters(), self.clip_norm)
            return total

        optimizer.step(closure=loss)


def reconstruction_terms(
    generator: Generator, weights: LossWeights, painted: Painted, picture: Tensor, batch: dict[str, Tensor]
) -> dict[str, Tensor]:
    """How far the picture, painted over the plate, is from the footage, term by term, each with its weight."""
    weight = batch["weight"]
    terms = {
        "colour": weights.colour * losses.colour_loss(picture, batch["rgb"], weight),
        "gradient": weights.gradient * losses.gradient_loss(picture, batch["rgb"], weight),
        "structure": weights.structure * losses.structure_loss(picture, batch["rgb"], weight),
        "alpha": weights.alpha * losses.alpha_loss(painted.alpha, batch["alpha"], weight),
        "own": weights.own * losses.weighted_mean(painted.own, weight * (batch["alpha"] > 0.5)),
    }
    if generator.texture is not None:
        terms["texture"] = weights.texture * generator.texture.square().mean()
    return terms


def _psnr(mean_square: Tensor) -> float:
    return float(-10 * torch.log10(mean_square.clamp(min=1e-10)))
