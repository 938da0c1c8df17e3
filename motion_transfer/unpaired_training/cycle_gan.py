"""The training of the CycleGAN between the latents of two collections (Gao et al. 2018, section 4.3)."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.retargeting.unpaired.model import NetworkSizes
from motion_transfer.retargeting.unpaired.networks import LatentMap, SimilarityNetwork, perceptron
from motion_transfer.training.distances import GaussianMixture, mmd_biased
from motion_transfer.unpaired_training.settings import CycleGanSettings
from motion_transfer.unpaired_training.stage import MONITOR, StageModule

BANDWIDTHS = (0.5, 1.0, 2.0)  # of the discrepancy's kernels, over the root of the latents' length
DISCRIMINATOR_HIDDEN = (256, 128)


class CycleGanModule(StageModule):
    """Trains generators both ways against a discriminator each.

    Args:
        similarity: as it was trained; None, or a weight of 0, goes without.
        given: latents of the shapes of both collections, which discriminators take for real.
        mapped: latents that are mapped: those of the shapes, and others between them.
    """

    def __init__(
        self,
        sizes: NetworkSizes,
        similarity: SimilarityNetwork | None,
        given: tuple[Float[Tensor, "source latent"], Float[Tensor, "target latent"]],
        mapped: tuple[Float[Tensor, "some latent"], Float[Tensor, "other latent"]],
        settings: CycleGanSettings,
        seed: int,
    ) -> None:
        super().__init__(seed)
        self.generators = nn.ModuleList([sizes.latent_map(), sizes.latent_map()])
        shape = (sizes.latent, *DISCRIMINATOR_HIDDEN, 1)
        self.discriminators = nn.ModuleList([perceptron(shape), perceptron(shape)])  # of the source and the target
        self.similarity = None if similarity is None else similarity.eval().requires_grad_(False)
        self.settings, self._given, self._mapped = settings, given, mapped

    @property
    def forth(self) -> LatentMap:
        """The generator from the source to the target."""
        return self.generators[0]  # pyright: ignore[reportReturnType]

    @property
    def back(self) -> LatentMap:
        """The generator from the target to the source."""
        return self.generators[1]  # pyright: ignore[reportReturnType]

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        betas = (0.5, 0.999)
        return [
            torch.optim.Adam(self.generators.parameters(), lr=self.settings.lr, betas=betas),
            torch.optim.Adam(self.discriminators.parameters(), lr=self.settings.discriminator_lr, betas=betas),
        ]

    def training_step(self, batch: Any, batch_idx: int) -> None:
        self.begin_step()
        optimizers: Any = self.optimizers()
        # Phase 1: the generators map both ways and back, and try to pass for shapes of the other collection.
        source, target = (self._drawn(latents) for latents in self._mapped)
        forth, back = self.generators
        as_target, as_source = forth(source), back(target)
        self.discriminators.requires_grad_(False)
        terms = self._generator_terms(source, target, as_source, as_target, back(as_target), forth(as_source))
        self.discriminators.requires_grad_(True)
        self.descend(optimizers[0], terms)
        if self.step % self.settings.generator_steps == 0:
            # Phase 2: the discriminators learn to tell latents of shapes from mapped ones.
            of_source, of_target = self.discriminators
            real = [self._drawn(latents) for latents in self._given]
            pairs = ((of_source, real[0], as_source), (of_target, real[1], as_target))
            losses = [_lsgan(one(true), 1.0) + _lsgan(one(fake.detach()), 0.0) for one, true, fake in pairs]
            self.descend(optimizers[1], {"discriminators": 0.5 * torch.stack(losses).sum()})

    def _generator_terms(
        self,
        source: Tensor,
        target: Tensor,
        as_source: Tensor,
        as_target: Tensor,
        source_again: Tensor,
        target_again: Tensor,
    ) -> dict[str, Tensor]:
        of_source, of_target = self.discriminators
        settings = self.settings
        passed = _lsgan(of_target(as_target), 1.0) + _lsgan(of_source(as_source), 1.0)
        returned = (source_again - source).square().mean() + (target_again - target).square().mean()
        terms = {"adversarial": settings.adversarial * passed, "cycle": settings.cycle * returned}
        if self.similarity is not None and settings.similarity > 0:
            unlike = self.similarity(source, as_target).mean() + self.similarity(as_source, target).mean()
            terms["similarity"] = settings.similarity * unlike
        return terms

    @torch.no_grad()
    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """The discrepancy of mapped latents from true ones, both ways, and the error of the cycle."""
        source, target = (latents.to(self.device) for latents in self._given)
        forth, back = self.generators
        as_target, as_source = forth(source), back(target)
        kernel = GaussianMixture(tuple(width * source.shape[1] ** 0.5 for width in BANDWIDTHS))
        figures = {
            "mmd_target": float(mmd_biased(kernel, as_target, target)),
            "mmd_source": float(mmd_biased(kernel, as_source, source)),
            "cycle_error": float((back(as_target) - source).square().mean().sqrt()),
        }
        if self.similarity is not None:
            figures["unlikeness"] = float(self.similarity(source, as_target).mean())
        self.validate_with({MONITOR: figures["mmd_target"] + figures["mmd_source"], **figures})

    def _drawn(self, latents: Tensor) -> Tensor:
        return latents[torch.randint(len(latents), (self.settings.batch,))].to(self.device)


def _lsgan(scores: Float[Tensor, "batch 1"], target: float) -> Float[Tensor, ""]:
    """Mao et al. 2017, eq. 2."""
    return (scores - target).square().mean()
