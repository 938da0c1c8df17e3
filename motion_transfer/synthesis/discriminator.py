"""PatchGAN discriminators at several scales (Isola et al. 2017, Wang et al. 2018): are these patches of the footage?"""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm


class PatchDiscriminator(nn.Module):
    """Looks at a frame, the frame before it and what was asked for.

    Args:
        inputs: channels of condition and frames together.
        width: channels of the first layer.
        layers: strided layers; three see patches of 46 pixels.
        scales: how many sizes of the picture are judged, each half of the one before.
    """

    def __init__(self, inputs: int, *, width: int, layers: int, scales: int, norm: str) -> None:
        super().__init__()
        self.scales = nn.ModuleList(nn.ModuleList(_scale(inputs, width, layers, norm)) for _ in range(scales))
        initialize(self, scheme="normal", activation="leaky_relu")

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


def _scale(inputs: int, width: int, layers: int, norm: str) -> list[nn.Module]:
    blocks: list[nn.Module] = []
    for layer in range(layers):
        outputs = min(width * 2**layer, width * 8)
        parts: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)]
        parts += [make_norm(norm, outputs)] if layer else []
        blocks.append(nn.Sequential(*parts, make_activation("leaky_relu")))
        inputs = outputs
    blocks.append(nn.Conv2d(inputs, 1, 4, padding=1))
    return blocks


def judge_real(verdicts: list[list[Tensor]], target: float) -> Float[Tensor, ""]:
    """Least squares distance of the verdicts from `target` (Mao et al. 2017, eq. 2), mean over scales."""
    return torch.stack([((features[-1].float() - target) ** 2).mean() for features in verdicts]).mean()


def feature_distance(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Float[Tensor, ""]:
    """Mean absolute difference of the inner features (feature matching, Wang et al. 2018, eq. 3)."""
    terms = [
        (f.float() - r.float().detach()).abs().mean()
        for of_fake, of_real in zip(fake, real, strict=True)
        for f, r in zip(of_fake[:-1], of_real[:-1], strict=True)
    ]
    return torch.stack(terms).mean()
