"""PatchGAN discriminators at several scales (Isola et al. 2017, Wang et al. 2018): are these patches of the footage?"""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm, to_channels_last
from motion_transfer.training.normalization import normalize_weights

CONDITION = ("normal_x", "normal_y", "normal_z")  # where the body is and how it is turned; more costs time, not looks
FRAMES = 2  # the frame before and the one in question


class PatchDiscriminator(nn.Module):
    """Looks at a frame, the frame before it and what was asked for.

    Args:
        inputs: channels of condition and frames together.
        base_channels: of the first layer.
        layers: strided layers; three see patches of 46 pixels.
        scales: how many sizes of the picture are judged, each half of the one before.
        weight_norm: how far its slope is bounded, as `normalize_weights` names it.
    """

    def __init__(
        self, inputs: int, *, base_channels: int, layers: int, scales: int, norm: str, weight_norm: str = "none"
    ) -> None:
        super().__init__()
        self.scales = nn.ModuleList(nn.ModuleList(_scale(inputs, base_channels, layers, norm)) for _ in range(scales))
        initialize(self, scheme="normal", activation="leaky_relu")
        normalize_weights(self, weight_norm)
        to_channels_last(self)

    def forward(self, picture: Float[Tensor, "batch channel height width"]) -> list[list[Tensor]]:
        """Features of every layer for every scale; the last of each are the verdicts."""
        verdicts = []
        for scale in self.scales:
            features = [picture]
            for layer in cast(nn.ModuleList, scale):
                features.append(layer(features[-1]))
            verdicts.append(features[1:])
            picture = avg_pool2d(picture, 2)
        return verdicts


def _scale(inputs: int, base_channels: int, layers: int, norm: str) -> list[nn.Module]:
    blocks: list[nn.Module] = []
    for layer in range(layers):
        outputs = min(base_channels * 2**layer, base_channels * 8)
        parts: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)]
        parts += [make_norm(norm, outputs)] if layer else []
        blocks.append(nn.Sequential(*parts, make_activation("leaky_relu")))
        inputs = outputs
    blocks.append(nn.Conv2d(inputs, 1, 4, padding=1))
    return blocks


def condition_channels(channels: tuple[str, ...]) -> list[int]:
    """Which of a generator's maps tell the judge what was asked for; all of them where no body is drawn."""
    return [i for i, name in enumerate(channels) if name in CONDITION or CONDITION[0] not in channels]


def discriminator_channels(channels: tuple[str, ...]) -> int:
    """How many channels `discriminator_input` has for a generator of these maps."""
    return len(condition_channels(channels)) + 3 * FRAMES


def discriminator_input(
    batch: dict[str, Tensor], channels: tuple[str, ...], previous: Tensor | None, picture: Tensor
) -> Float[Tensor, "batch input height width"]:
    """What the discriminator sees: what was asked for, the frame before as painted, and the frame in question.

    Args:
        channels: names of the maps in the batch.
    """
    before = torch.zeros_like(picture) if previous is None else previous
    hidden = (batch["weight"] > 0.5).float()  # pixels that teach nothing must not give anything away
    return torch.cat([batch["maps"][:, condition_channels(channels)], before * hidden, picture * hidden], 1)


def lsgan_loss(verdicts: list[list[Tensor]], target: float) -> Float[Tensor, ""]:
    """Least squares distance of the verdicts from `target` (Mao et al. 2017, eq. 2), mean over scales."""
    return torch.stack([((features[-1].float() - target) ** 2).mean() for features in verdicts]).mean()


def patch_scores(verdicts: list[list[Tensor]]) -> Float[Tensor, "batch patch"]:
    """The verdicts on all patches of all scales."""
    return torch.cat([features[-1].float().flatten(1) for features in verdicts], 1)


def feature_matching_loss(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Float[Tensor, ""]:
    """Mean absolute difference of the inner features (feature matching, Wang et al. 2018, eq. 3)."""
    terms = [
        (f.float() - r.float().detach()).abs().mean()
        for of_fake, of_real in zip(fake, real, strict=True)
        for f, r in zip(of_fake[:-1], of_real[:-1], strict=True)
    ]
    return torch.stack(terms).mean()
