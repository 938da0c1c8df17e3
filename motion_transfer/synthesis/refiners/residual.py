"""The refiner: a small residual network at the square's own resolution, after Everybody Dance Now's face network.

There it is the global generator of pix2pixHD with five residual blocks; this one has few channels, so that two cores
train it in minutes.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.synthesis.refiners.part_refiner import PartRefiner
from motion_transfer.training.blocks import ResidualBlock, ResizeConvolution
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm, to_channels_last

COLOURS = 3
ACTIVATION = "leaky_relu"
LARGEST_PX, MOST_LEVELS, MOST_BLOCKS = 1024, 5, 16


class ResidualRefiner(PartRefiner):
    """Strided convolutions, residual blocks at the coarsest resolution, and resize convolutions with sums from the way
    down. The last layer starts at zero: untrained, the network adds nothing.

    Args:
        channels: names of the maps.
        side_px: of the squares.
        base_channels: at full resolution; each level has twice as many as the one before.
        levels: times that the resolution is halved.
        blocks: residual ones.
        norm: of all layers but the first and the last.

    Raises:
        ValueError: a setting is out of its range, or the side cannot be halved so often.
    """

    def __init__(
        self, channels: Sequence[str], *, side_px: int, base_channels: int, levels: int, blocks: int, norm: str
    ) -> None:
        super().__init__()
        if not (1 <= levels <= MOST_LEVELS and 0 <= blocks <= MOST_BLOCKS):
            raise ValueError(
                f"expected levels from 1 to {MOST_LEVELS} and up to {MOST_BLOCKS} blocks of a refiner, got {levels} "
                f"and {blocks}; try 2 and 4"
            )
        self.channels, self.side_px, self.divisor = tuple(channels), side_px, 2**levels
        if not self.divisor <= side_px <= LARGEST_PX or side_px % self.divisor:
            raise ValueError(
                f"expected side_px divisible by {self.divisor} and up to {LARGEST_PX}, got {side_px}; try 128"
            )
        widths = [base_channels * 2**level for level in range(levels + 1)]
        pairs = list(zip(widths, widths[1:], strict=False))
        self.stem = nn.Sequential(
            nn.Conv2d(COLOURS + len(self.channels), base_channels, 3, padding=1), make_activation(ACTIVATION)
        )
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(fine, coarse, 3, stride=2, padding=1), make_norm(norm, coarse), make_activation(ACTIVATION)
            )
            for fine, coarse in pairs
        )
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(
                    widths[-1], widths[-1], norm=norm, activation=ACTIVATION, dropout=0.0, padding="replicate"
                )
                for _ in range(blocks)
            )
        )
        self.up = nn.ModuleList(
            nn.Sequential(
                ResizeConvolution(coarse, fine, scale=2, mode="bilinear", size=3, padding="replicate"),
                make_norm(norm, fine),
                make_activation(ACTIVATION),
            )
            for fine, coarse in reversed(pairs)
        )
        self.last = nn.Conv2d(base_channels, COLOURS, 3, padding=1)
        initialize(self, scheme="kaiming", activation=ACTIVATION)
        nn.init.zeros_(self.last.weight)  # its bias is 0 already
        to_channels_last(self)

    def forward(
        self,
        picture: Float[Tensor, "batch 3 height width"],
        condition: Float[Tensor, "batch channel height width"],
    ) -> Float[Tensor, "batch 3 height width"]:
        """Give what is added to the colours; height and width are divisible by `divisor`."""
        features = self.stem(torch.cat([picture, condition], 1))
        passed = list[Tensor]()
        for down in self.down:
            passed.append(features)
            features = down(features)
        features = self.blocks(features)
        for up in self.up:
            features = up(features) + passed.pop()
        return self.last(features).float()
