"""What a generator's training minimizes: all terms of its loss, and how they are balanced."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from motion_transfer.synthesis.adversarial import Adversarial
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.synthesis.losses import LossWeights, Picture, reconstruction_losses
from motion_transfer.synthesis.packaged_features import FeatureDistance
from motion_transfer.synthesis.perceptual import PerceptualDistance
from motion_transfer.training.regularization import WeightRegularizer

Perceptual = PerceptualDistance | FeatureDistance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The terms of the loss.

    Attributes:
        losses: weight of each term.
        adversarial: when and how the discriminator joins.
        perceptual: compares pictures by the features of a trained network; None goes without.
        regularizers: of the generator's weights, by name; None for one that is turned off.
        gradient_clip_val: largest norm of a gradient.
    """

    losses: LossWeights
    adversarial: Adversarial
    perceptual: Perceptual
    regularizers: Mapping[str, WeightRegularizer | None]
    gradient_clip_val: float

    def without_discriminator(
        self, generator: ConditionalGenerator, painted: Painted, picture: Picture, batch: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Compare the painted person, composited over the plate, with the filmed frame: weighted terms by name."""
        terms = reconstruction_losses(generator, self.losses, painted, picture, batch)
        for name, regularizer in self.regularizers.items():
            if regularizer is not None:
                terms[f"regularizer {name}"] = regularizer(generator)
        if self.perceptual is not None:
            terms["perceptual"] = self.perceptual(picture, batch["rgb"], batch["weight"])
        return terms
