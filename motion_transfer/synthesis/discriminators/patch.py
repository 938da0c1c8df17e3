"""Multi-scale PatchGAN discriminator (Isola et al. 2017, Wang et al. 2018): is each patch filmed or painted?"""

from typing import cast

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator, Features
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm, to_channels_last
from motion_transfer.training.normalization import normalize_weights

MOST_LAYERS, MOST_SCALES = 8, 8


class PatchDiscriminator(ConditionalDiscriminator):
    """Scores overlapping patches of a frame, given the frame before it and conditioning maps.

    Args:
        inputs: number of channels of condition and frames together.
        base_channels: of the first layer.
        layers: strided layers; with three of them a patch is 46 pixels wide.
        unstrided: layers after them that keep the resolution; with three and one a patch is 70 pixels wide, as in
            pix2pix.
        scales: resolutions of the picture that are scored, each half of the one before.
        weight_norm: how its slope is bounded, of `motion_transfer.training.normalization`.

    Raises:
        ValueError: there are too many layers or scales, or none.
    """

    def __init__(
        self,
        inputs: int,
        *,
        base_channels: int,
        layers: int,
        scales: int,
        norm: str,
        unstrided: int = 0,
        weight_norm: str = "none",
    ) -> None:
        super().__init__()
        if not (1 <= layers <= MOST_LAYERS and 1 <= scales <= MOST_SCALES and 0 <= unstrided <= MOST_LAYERS):
            raise ValueError(
                f"expected layers from 1 to {MOST_LAYERS}, scales from 1 to {MOST_SCALES} and up to {MOST_LAYERS} "
                f"unstrided layers, got {layers}, {scales} and {unstrided}; pix2pixHD has 3, 2 and 1"
            )
        self.scales = nn.ModuleList(
            nn.ModuleList(_scale(inputs, base_channels, layers, unstrided, norm)) for _ in range(scales)
        )
        initialize(self, scheme="normal", activation="leaky_relu")
        normalize_weights(self, weight_norm)
        to_channels_last(self)

    def forward(self, picture: Float[Tensor, "batch channel height width"]) -> Features:
        """Give the features of every layer, scale by scale; the last of each scale are its patch scores."""
        scores = []
        for scale in self.scales:
            features = [picture]
            for layer in cast(nn.ModuleList, scale):
                features.append(layer(features[-1]))
            scores.append(features[1:])
            picture = avg_pool2d(picture, 2)
        return scores


def _scale(inputs: int, base_channels: int, layers: int, unstrided: int, norm: str) -> list[nn.Module]:
    blocks: list[nn.Module] = []
    for layer in range(layers + unstrided):
        outputs = min(base_channels * 2**layer, base_channels * 8)
        parts: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, stride=2 if layer < layers else 1, padding=1)]
        parts += [make_norm(norm, outputs)] if layer else []
        blocks.append(nn.Sequential(*parts, make_activation("leaky_relu")))
        inputs = outputs
    blocks.append(nn.Conv2d(inputs, 1, 4, padding=1))
    return blocks
