"""The generators of pix2pixHD (Wang et al. 2018), coarse to fine; Everybody Dance Now (Chan et al. 2019) uses both."""

from collections.abc import Sequence
from functools import partial

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from motion_transfer.synthesis.generators.plain import PlainGenerator
from motion_transfer.training.blocks import ResidualBlock
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm, to_channels_last

MOST_LEVELS, MOST_BLOCKS = 8, 100
NORM = "plain_instance"


class Pix2PixHDGlobal(PlainGenerator):
    """The global generator: four strided convolutions, nine residual blocks at the coarsest, and back.

    Args:
        channels, recurrent, alpha: as `PlainGenerator` has them.
        base_channels: at full resolution; 64 are published, 32 cost a quarter.
        levels: how often the resolution is halved.
        blocks: residual blocks at the coarsest resolution.

    Raises:
        ValueError: a setting is out of its range.
    """

    def __init__(
        self, channels: Sequence[str], *, recurrent: bool, alpha: bool, base_channels: int, levels: int, blocks: int
    ) -> None:
        _check(levels, blocks)
        super().__init__(channels, recurrent=recurrent, alpha=alpha, multiple=2**levels)
        self.features = _global(self.inputs, base_channels, levels, blocks)
        self.last = _last(base_channels, self.outputs)
        initialize(self, scheme="normal", activation="relu")
        to_channels_last(self)

    def paint(self, pixels: Float[Tensor, "batch input height width"]) -> Float[Tensor, "batch output height width"]:
        """Colours before their tanh, and where there is alpha, its logit."""
        return self.last(self.features(pixels))


class Pix2PixHDLocal(PlainGenerator):
    """The local enhancer around a global generator, which sees the picture at half of the size.

    Args:
        channels, recurrent, alpha, levels, blocks: of the global generator inside, as `Pix2PixHDGlobal` has them.
        base_channels: of the enhancer; the global generator has twice as many.
        local_blocks: residual blocks of the enhancer.

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
        blocks: int,
        local_blocks: int,
    ) -> None:
        _check(levels, blocks + local_blocks)
        super().__init__(channels, recurrent=recurrent, alpha=alpha, multiple=2 ** (levels + 1))
        self.features = _global(self.inputs, 2 * base_channels, levels, blocks)
        self.enter = nn.Sequential(*_entering(self.inputs, base_channels), *_halved(base_channels))
        self.leave = nn.Sequential(
            *(_residual(2 * base_channels) for _ in range(local_blocks)), *_doubled(2 * base_channels)
        )
        self.last = _last(base_channels, self.outputs)
        initialize(self, scheme="normal", activation="relu")
        to_channels_last(self)

    def paint(self, pixels: Float[Tensor, "batch input height width"]) -> Float[Tensor, "batch output height width"]:
        """Colours before their tanh, and where there is alpha, its logit."""
        smaller = avg_pool2d(pixels, 3, stride=2, padding=1, count_include_pad=False)
        return self.last(self.leave(self.enter(pixels) + self.features(smaller)))


def _check(levels: int, blocks: int) -> None:
    if not (1 <= levels <= MOST_LEVELS and 0 <= blocks <= MOST_BLOCKS):
        raise ValueError(
            f"expected levels from 1 to {MOST_LEVELS} and up to {MOST_BLOCKS} residual blocks, "
            f"got {levels} and {blocks}; pix2pixHD has 4 and 9"
        )


def _global(inputs: int, base_channels: int, levels: int, blocks: int) -> nn.Sequential:
    widths = [base_channels * 2**level for level in range(levels + 1)]
    down = [layer for width in widths[:-1] for layer in _halved(width)]
    up = [layer for width in reversed(widths[1:]) for layer in _doubled(width)]
    middle = [_residual(widths[-1]) for _ in range(blocks)]
    return nn.Sequential(*_entering(inputs, base_channels), *down, *middle, *up)


def _residual(channels: int) -> ResidualBlock:
    return ResidualBlock(channels, channels, norm=NORM, activation="relu", dropout=0.0, padding="reflect")


def _entering(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 7, padding=3, padding_mode="reflect"), *_normalized(outputs)]


def _halved(channels: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1), *_normalized(2 * channels)]


def _doubled(channels: int) -> list[nn.Module]:
    transposed = partial(nn.ConvTranspose2d, kernel_size=3, stride=2, padding=1, output_padding=1)
    return [transposed(channels, channels // 2), *_normalized(channels // 2)]


def _normalized(channels: int) -> list[nn.Module]:
    return [make_norm(NORM, channels), make_activation("relu")]


def _last(channels: int, outputs: int) -> nn.Module:
    return nn.Conv2d(channels, outputs, 7, padding=3, padding_mode="reflect")
