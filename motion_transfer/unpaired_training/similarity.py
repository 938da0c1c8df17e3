"""The training of the similarity network on light-field distances."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.retargeting.unpaired.networks import SimilarityNetwork
from motion_transfer.unpaired_training.settings import SimilaritySettings
from motion_transfer.unpaired_training.stage import MONITOR, StageModule

HELD_OUT = 10  # one shape in so many


@value
class DescribedLatents:
    """Latent vectors of a collection and the light fields of their shapes, the given ones first."""

    latents: Float[Tensor, "shape latent"]
    described: Float[Tensor, "shape value"]


def between(
    latents: Float[Tensor, "shape latent"], count: int, spread: float, generator: torch.Generator
) -> Float[Tensor, "count latent"]:
    """Latents between two random ones, scaled to keep their variance, with noise."""
    first, second = torch.randint(len(latents), (2, count), generator=generator)
    share = torch.rand(count, 1, generator=generator)
    mixed = share * latents[first] + (1 - share) * latents[second]
    mixed = mixed / (share.square() + (1 - share).square()).sqrt()
    return mixed + spread * torch.randn(mixed.shape, generator=generator)


class SimilarityModule(StageModule):
    """Trains a similarity network on the squared distances of light fields; held-out shapes choose the checkpoint."""

    def __init__(
        self,
        network: SimilarityNetwork,
        source: DescribedLatents,
        target: DescribedLatents,
        settings: SimilaritySettings,
        seed: int,
    ) -> None:
        super().__init__(seed)
        self.network, self.settings = network, settings
        self._source, self._target = source, target

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [torch.optim.Adam(self.network.parameters(), lr=self.settings.lr)]

    def training_step(self, batch: Any, batch_idx: int) -> None:
        self.begin_step()
        source, target = (self._drawn(one) for one in (self._source, self._target))
        self.descend(self.optimizers(), {"distance": self._loss(source, target)})

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        source, target = (self._part(one, held_out=True) for one in (self._source, self._target))
        count = min(len(source.latents), len(target.latents))
        pairs = [
            DescribedLatents(latents=one.latents[:count], described=one.described[:count]) for one in (source, target)
        ]
        wanted = (pairs[0].described - pairs[1].described).square().sum(1)
        found = self.network(pairs[0].latents.to(self.device), pairs[1].latents.to(self.device)).cpu()
        missed = (found - wanted).square().mean() / (wanted - wanted.mean()).square().mean().clamp(min=1e-12)
        self.validate_with({MONITOR: float(self._loss(*pairs)), "unexplained_variance": float(missed)})

    def _loss(self, source: DescribedLatents, target: DescribedLatents) -> Float[Tensor, ""]:
        """Squared error of light fields, each side its own; of distances, for the published network."""
        latents = source.latents.to(self.device), target.latents.to(self.device)
        described = source.described.to(self.device), target.described.to(self.device)
        if self.network.joint:
            wanted = (described[0] - described[1]).square().sum(1)
            return (self.network(*latents) - wanted).square().mean()
        off = self.network.source(latents[0]) - described[0], self.network.target(latents[1]) - described[1]
        return off[0].square().sum(1).mean() + off[1].square().sum(1).mean()

    def _drawn(self, given: DescribedLatents) -> DescribedLatents:
        part = self._part(given, held_out=False)
        chosen = torch.randint(len(part.latents), (self.settings.batch,))
        return DescribedLatents(latents=part.latents[chosen], described=part.described[chosen])

    @staticmethod
    def _part(given: DescribedLatents, *, held_out: bool) -> DescribedLatents:
        chosen = (torch.arange(len(given.latents)) % HELD_OUT == 0) == held_out
        return DescribedLatents(latents=given.latents[chosen], described=given.described[chosen])
