"""The generator of pix2pix (Isola et al. 2017): a U-Net down to one cell, whose dropout is its noise."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.synthesis.generators.plain import PlainGenerator
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_dropout, make_norm, to_channels_last

WIDEST = 8  # times the base channels
MOST_LEVELS = 10


class Pix2PixGenerator(PlainGenerator):
    """U-Net of strided and transposed 4x4 convolutions with skip connections.

    With 8 levels and 64 base channels it is the published network for 256 x 256 pixels.

    Args:
        channels, recurrent, alpha: as `PlainGenerator` has them.
        base_channels: of the first level; they double from level to level, up to eight times as many.
        levels: how often the resolution is halved.
        norm: of all layers but the first, the deepest and the last.
        dropout: rate in the decoder's deepest blocks that have a norm, of which there are `dropout_blocks`.

    Raises:
        ValueError: a setting is out of its range.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        recurrent: bool,
        alpha: bool,
        base_channels: int,
        levels: int,
        norm: str,
        dropout: float,
        dropout_blocks: int,
    ) -> None:
        if not 2 <= levels <= MOST_LEVELS:
            raise ValueError(f"expected levels from 2 to {MOST_LEVELS}, got {levels}; pix2pix has 8")
        super().__init__(channels, recurrent=recurrent, alpha=alpha, multiple=2**levels)
        widths = [base_channels * min(2**level, WIDEST) for level in range(levels)]
        biased = norm == "none"  # a norm takes any bias away again
        down, up = list[nn.Module](), list[nn.Module]()
        for level, (above, below) in enumerate(zip([self.inputs, *widths[:-1]], widths, strict=True)):
            inner = 0 < level < levels - 1
            parts = [make_activation("leaky_relu")] if level else []
            parts.append(nn.Conv2d(above, below, 4, stride=2, padding=1, bias=biased))
            down.append(nn.Sequential(*parts, *([make_norm(norm, below)] if inner else [])))
            joined = below if level == levels - 1 else 2 * below
            outputs = above if level else self.outputs
            parts = [make_activation("relu")]
            parts.append(nn.ConvTranspose2d(joined, outputs, 4, stride=2, padding=1, bias=biased or not level))
            parts += [make_norm(norm, outputs)] if level else []
            dropped = levels - 1 - dropout_blocks <= level < levels - 1
            up.append(nn.Sequential(*parts, *([make_dropout("element", dropout)] if dropped and level else [])))
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(reversed(up))
        initialize(self, scheme="normal", activation="relu")
        to_channels_last(self)

    def paint(self, pixels: Float[Tensor, "batch input height width"]) -> Float[Tensor, "batch output height width"]:
        """Colours before their tanh, and where there is alpha, its logit."""
        skips, features = list[Tensor](), pixels
        for down in self.down:
            features = down(features)
            skips.append(features)
        features = skips.pop()
        for up in self.up:
            features = up(features)
            if skips:
                features = torch.cat([features, skips.pop()], 1)
        return features
