"""The training of a collection's variational autoencoder."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.retargeting.unpaired.model import CollectionCodec
from motion_transfer.retargeting.unpaired.networks import gaussian_divergence
from motion_transfer.training.optimizers.groups import decay_groups
from motion_transfer.unpaired_training.settings import AutoencoderSettings
from motion_transfer.unpaired_training.stage import MONITOR, StageModule


class AutoencoderModule(StageModule):
    """Trains an autoencoder on scaled features; held-out shapes choose the checkpoint.

    The loss is the negative evidence lower bound with Gaussian noise of the features (Kingma and Welling 2014).
    """

    def __init__(
        self,
        codec: CollectionCodec,
        scaled: Float[Tensor, "shape vertex 9"],
        held_out: Int[Tensor, "held"],
        settings: AutoencoderSettings,
        seed: int,
    ) -> None:
        super().__init__(seed)
        self.autoencoder, self.settings = codec.autoencoder, settings
        chosen = torch.ones(len(scaled), dtype=torch.bool)
        chosen[held_out] = False
        self._trained, self._held_out = scaled[chosen], scaled[held_out]
        self.autoencoder.begin_at_principal_components(self._trained)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        groups = decay_groups(self.autoencoder, weight_decay=self.settings.weight_decay)
        return [torch.optim.AdamW(groups, lr=self.settings.lr)]

    def training_step(self, batch: Any, batch_idx: int) -> None:
        self.begin_step()
        features = self._trained[torch.randint(len(self._trained), (self.settings.batch,))].to(self.device)
        mean, log_variance = self.autoencoder.encode(features)
        latents = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        squares = (self.autoencoder.decode(latents) - features).square().sum((1, 2)).mean()
        terms = {
            "reconstruction": squares / (2 * self.settings.noise**2),
            "divergence": gaussian_divergence(mean, log_variance),
        }
        self.descend(self.optimizers(), terms)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        features = self._held_out.to(self.device)
        decoded = self.autoencoder.decode(self.autoencoder.encode(features)[0])
        self.validate_with({MONITOR: float((decoded - features).square().mean().sqrt())})
