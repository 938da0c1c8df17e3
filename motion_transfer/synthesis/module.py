"""How the generator learns: first colours and alpha, late and lightly the GAN. Lightning, manual optimization."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from motion_transfer.synthesis import losses
from motion_transfer.synthesis.adversarial import Adversarial, feature_matching_loss, lsgan_loss, patch_scores
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator, discriminator_input
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted, paint_previous
from motion_transfer.synthesis.perceptual import PerceptualDistance
from motion_transfer.training.callbacks import Budget
from motion_transfer.training.optimizers.groups import decay_groups
from motion_transfer.training.regularization import WeightRegularizer, r1_penalty

SAMPLES = 8  # held-out frames that are shown while training
MakeOptimizer = Callable[[Iterable[Any]], Optimizer]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """Balance of the terms. `texture` keeps the learnable texture small, `blend` prefers the baked one."""

    colour: float
    gradient: float
    structure: float
    alpha: float
    blend: float
    texture: float
    adversarial: float
    features: float


class PerformerModule(lightning.LightningModule):
    """Trains a generator against footage.

    Args:
        adversarial: when and how the discriminator joins.
        gradient_clip_val: largest norm of a gradient.
        regularizers: on the generator's weights, by name.
        perceptual: compares pictures by what a trained network sees in them; None goes without.

    Raises:
        ValueError: for a setting out of its range.
    """

    def __init__(
        self,
        generator: ConditionalGenerator,
        discriminator: ConditionalDiscriminator,
        optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        weights: LossWeights,
        budget: Budget,
        *,
        adversarial: Adversarial,
        gradient_clip_val: float,
        regularizers: Mapping[str, WeightRegularizer],
        perceptual: PerceptualDistance | None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.discriminator = generator, discriminator
        self._optimizer, self._discriminator_optimizer = optimizer, discriminator_optimizer
        self.weights, self.budget = weights, budget
        self.adversarial, self.gradient_clip_val = adversarial, gradient_clip_val
        self.regularizers = regularizers
        self.perceptual = perceptual
        self.loss_terms: dict[str, Tensor] = {}
        self._previous: Tensor | None = None
        self._scores: list[tuple[float, float]] = []
        self._samples: list[Tensor] = []
        self.history: list[dict[str, float]] = []

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]

    def configure_optimizers(self) -> list[Optimizer]:
        return [
            _sparing(self._optimizer, self.generator),
            _sparing(self._discriminator_optimizer, self.discriminator),
        ]

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        optimizers: Any = self.optimizers()
        generator_optimizer, discriminator_optimizer = optimizers
        with_gan = self.budget.progress >= self.adversarial.start
        previous = paint_previous(self.generator, batch["maps_before"], batch["plate"], batch["has_previous"])
        pictures: list[Tensor] = []
        shown = partial(discriminator_input, batch, self.generator.channels, previous)

        def generator_losses() -> dict[str, Tensor]:
            # Phase 1: the generator paints, and is compared with the frame.
            painted = self.generator(batch["maps"], previous)
            picture = painted.over(batch["plate"])
            pictures.append(picture.detach())
            terms = reconstruction_terms(self.generator, self.weights, painted, picture, batch)
            terms |= {
                f"regularizer {name}": regularizer(self.generator) for name, regularizer in self.regularizers.items()
            }
            if self.perceptual is not None:
                terms["perceptual"] = self.perceptual(picture, batch["rgb"], batch["weight"])
            if with_gan:
                # Phase 2: the generator also wants the discriminator to take its picture for a real one.
                self.discriminator.requires_grad_(False)
                fake = self.discriminator(shown(picture))
                real = self.discriminator(shown(batch["rgb"]))
                terms["adversarial"] = self.weights.adversarial * lsgan_loss(fake, 1.0)
                terms["features"] = self.weights.features * feature_matching_loss(fake, real)
                self.discriminator.requires_grad_(True)
            return terms

        def discriminator_losses() -> dict[str, Tensor]:
            # Phase 3: the discriminator learns to tell the two apart.
            footage = batch["rgb"].detach().requires_grad_(self.adversarial.r1 > 0)
            fake, real = self.discriminator(shown(pictures[-1])), self.discriminator(shown(footage))
            terms = {"discriminator": 0.5 * (lsgan_loss(fake, 0.0) + lsgan_loss(real, self.adversarial.real_label()))}
            if self.adversarial.r1 > 0:
                scores = patch_scores(real)
                terms["r1"] = self.adversarial.r1 / scores.shape[1] * r1_penalty(scores, footage)
            return terms

        self._step(generator_optimizer, self.generator, generator_losses)
        if with_gan:
            self._step(discriminator_optimizer, self.discriminator, discriminator_losses)

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        """Paint the held-out frames in sequence, each from the output before, as in use."""
        previous = self._previous if batch_idx > 0 else None
        if batch_idx == 0:
            self._samples = []
        picture = self.generator(batch["maps"], previous).over(batch["plate"]).clamp(-1, 1)
        self._previous = picture
        if len(self._samples) < SAMPLES:
            self._samples.append(torch.cat([picture, batch["rgb"]]))
        self._scores.append(psnr(picture, batch))

    def sample_images(self) -> Float[Tensor, "image 3 height width"]:
        """The first of the held-out frames as they were last painted, each before what was filmed, in [0, 1]."""
        return torch.cat(self._samples) * 0.5 + 0.5

    def on_validation_epoch_end(self) -> None:
        whole, person = np.mean(self._scores, axis=0) if self._scores else (0.0, 0.0)
        self._scores, self._previous = [], None
        # All at once over the pixels would let one bad frame decide; the mean over frames is what reports state.
        scores = {"validation": float(whole + person), "psnr": float(whole), "psnr_person": float(person)}
        self.history.append(scores)
        self.log_dict(scores)

    def _step(self, optimizer: Any, module: nn.Module, make_terms: Callable[[], dict[str, Tensor]]) -> None:
        """Take a step along the gradient of the terms; the optimizer says where it wants them (proximal ones ahead)."""

        def loss() -> Tensor:
            terms = make_terms()
            self.loss_terms = {name: term.detach() for name, term in terms.items()}
            optimizer.zero_grad()
            total = torch.stack(list(terms.values())).sum()
            self.manual_backward(total)
            torch.nn.utils.clip_grad_norm_(module.parameters(), self.gradient_clip_val)
            return total

        optimizer.step(closure=loss)


def reconstruction_terms(
    generator: ConditionalGenerator, weights: LossWeights, painted: Painted, picture: Tensor, batch: dict[str, Tensor]
) -> dict[str, Tensor]:
    """How far the picture, painted over the plate, is from the footage, term by term, each with its weight."""
    weight = batch["weight"]
    terms = {
        "colour": weights.colour * losses.colour_loss(picture, batch["rgb"], weight),
        "gradient": weights.gradient * losses.gradient_loss(picture, batch["rgb"], weight),
        "structure": weights.structure * losses.structure_loss(picture, batch["rgb"], weight),
        "alpha": weights.alpha * losses.alpha_loss(painted.alpha, batch["alpha"], weight),
        "blend": weights.blend * losses.weighted_mean(painted.blend, weight * (batch["alpha"] > 0.5)),
    }
    texture = generator.learnable_texture()
    if texture is not None:
        terms["texture"] = weights.texture * texture.square().mean()
    return terms


def psnr(picture: Tensor, batch: dict[str, Tensor]) -> tuple[float, float]:
    """PSNR of a painted frame, and of its person."""
    squared = ((picture - batch["rgb"]) / 2) ** 2
    whole = losses.weighted_mean(squared, (batch["weight"] > 0).float())
    person = losses.weighted_mean(squared, (batch["alpha"] > 0.5).float() * (batch["weight"] > 0.5))
    return _psnr(whole), _psnr(person)


def _sparing(make: MakeOptimizer, module: nn.Module) -> Optimizer:
    """The optimizer of a module; where it decays weights, biases and normalization layers are spared."""
    optimizer = make(module.parameters())
    decay = optimizer.defaults.get("weight_decay", 0.0)
    return make(decay_groups(module, weight_decay=decay)) if decay else optimizer


def _psnr(mean_square: Tensor) -> float:
    return float(-10 * torch.log10(mean_square.clamp(min=1e-10)))
