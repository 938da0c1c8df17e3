"""The generator of SMPLpix (Prokudin et al. 2021): a U-Net that enlarges by interpolation, so that no checkers show."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from motion_transfer.synthesis.generators.plain import PlainGenerator
from motion_transfer.training.blocks import ResizeConvolution
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm, to_channels_last

MOST_BLOCKS = 8


class SMPLpixGenerator(PlainGenerator):
    """U-Net of five blocks of two 3x3 convolutions, with pooling between them and resize convolutions on the way up.

    Args:
        channels, recurrent, alpha: as `PlainGenerator` has them.
        base_channels: of the first block; each block has twice as many as the one before.
        blocks: of the encoder.
        norm: of all layers but the last.

    Raises:
        ValueError: a setting is out of its range.
    """

    def __init__(
        self, channels: Sequence[str], *, recurrent: bool, alpha: bool, base_channels: int, blocks: int, norm: str
    ) -> None:
        if not 2 <= blocks <= MOST_BLOCKS:
            raise ValueError(f"expected blocks from 2 to {MOST_BLOCKS}, got {blocks}; SMPLpix has 5")
        super().__init__(channels, recurrent=recurrent, alpha=alpha, multiple=2 ** (blocks - 1))
        widths = [base_channels * 2**level for level in range(blocks)]
        pairs = list(zip([self.inputs, *widths[:-1]], widths, strict=True))
        self.down = nn.ModuleList(_block(before, after, norm) for before, after in pairs)
        rises = list(reversed(pairs[1:]))
        self.enlarge = nn.ModuleList(
            ResizeConvolution(wide, narrow, scale=2, mode="bilinear", size=3, padding="zeros") for narrow, wide in rises
        )
        self.merge = nn.ModuleList(_block(2 * narrow, narrow, norm) for narrow, _ in rises)
        self.last = nn.Conv2d(base_channels, self.outputs, 1)
        initialize(self, scheme="kaiming", activation="relu")
        to_channels_last(self)

    def paint(self, pixels: Float[Tensor, "batch input height width"]) -> Float[Tensor, "batch output height width"]:
        """Colours before their tanh, and where there is alpha, its logit."""
        skips, features = list[Tensor](), pixels
        for level, down in enumerate(self.down):
            features = down(max_pool2d(features, 2) if level else features)
            skips.append(features)
        skips.pop()
        for enlarge, merge in zip(self.enlarge, self.merge, strict=True):
            features = merge(torch.cat([enlarge(features), skips.pop()], 1))
        return self.last(features)


def _block(inputs: int, outputs: int, norm: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before in (inputs, outputs):
        layers += [nn.Conv2d(before, outputs, 3, padding=1), make_norm(norm, outputs), make_activation("relu")]
    return nn.Sequential(*layers)
