"""Building blocks of convolutional networks: feature maps -> feature maps."""

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.training.layers import make_activation, make_dropout, make_norm

Padding = Literal["zeros", "reflect", "replicate", "circular"]


def _convolution(inputs: int, outputs: int, *, size: int, padding: Padding, dilation: int = 1) -> nn.Conv2d:
    if padding not in get_args(Padding):
        raise ValueError(f"expected a padding among {', '.join(get_args(Padding))}, got {padding!r}; correct it")
    if size % 2 == 0 or size < 1:
        raise ValueError(f"expected an odd kernel size, got {size}; an even one shifts the picture by half a pixel")
    margin = dilation * (size - 1) // 2
    return nn.Conv2d(inputs, outputs, size, padding=margin, dilation=dilation, padding_mode=padding)


class ResidualBlock(nn.Module):
    """Residual block `x + F(x)`, F being two normalized 3x3 convolutions (He et al. 2016).

    There is no activation after the sum (Gross and Wilber 2016). A 1x1 convolution replaces the identity where the
    number of channels changes.
    """

    def __init__(
        self, inputs: int, outputs: int, *, norm: str, activation: str, dropout: float, padding: Padding
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(inputs, outputs, size=3, padding=padding),
            make_norm(norm, outputs),
            make_activation(activation),
            make_dropout("element", dropout) if dropout else nn.Identity(),
            _convolution(outputs, outputs, size=3, padding=padding),
            make_norm(norm, outputs),
        )
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(
        self, features: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch outputs height width"]:
        return self.skip(features) + self.body(features)


class SqueezeExcite(nn.Module):
    """Squeeze and excitation: channels are weighted by their means over the whole map (Hu et al. 2018)."""

    def __init__(self, channels: int, *, reduction: int, activation: str) -> None:
        super().__init__()
        if not 1 <= reduction <= channels:
            raise ValueError(f"expected a reduction from 1 to {channels} channels, got {reduction}; change it")
        hidden = channels // reduction
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            make_activation(activation),
            nn.Conv2d(hidden, channels, 1),
            nn.Sigmoid(),
        )

    def forward(
        self, features: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch channel height width"]:
        return features * self.gate(features)


class ResizeConvolution(nn.Module):
    """Upsampling by interpolation followed by a convolution, free of checkerboards (Odena et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, *, scale: int, mode: str, size: int, padding: Padding) -> None:
        super().__init__()
        if mode not in ("nearest", "bilinear"):
            raise ValueError(f"expected a mode among nearest, bilinear, got {mode!r}; correct the setting")
        if scale < 1:
            raise ValueError(f"expected a whole scale of at least 1, got {scale}; raise it")
        corners = {"align_corners": False} if mode == "bilinear" else {}
        self.upsample = nn.Upsample(scale_factor=scale, mode=mode, **corners)
        self.convolve = _convolution(inputs, outputs, size=size, padding=padding)

    def forward(
        self, features: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch outputs tall wide"]:
        return self.convolve(self.upsample(features))


class TransposedConvolution(nn.ConvTranspose2d):
    """Learned upsampling by a transposed convolution.

    The kernel is twice the scale, so that every output pixel sums equally many terms; an uneven overlap makes
    checkerboards by itself (Odena et al. 2016). Prefer `ResizeConvolution` for images.
    """

    def __init__(self, inputs: int, outputs: int, *, scale: int) -> None:
        if scale < 2 or scale % 2:
            raise ValueError(f"expected an even scale of at least 2, got {scale}; use ResizeConvolution for others")
        super().__init__(inputs, outputs, kernel_size=2 * scale, stride=scale, padding=scale // 2)


class DilatedBlock(nn.Module):
    """Parallel dilated 3x3 convolutions joined by a 1x1 one, for a large receptive field (Chen et al. 2017)."""

    def __init__(
        self, inputs: int, outputs: int, *, dilations: Sequence[int], norm: str, activation: str, padding: Padding
    ) -> None:
        super().__init__()
        if not dilations or min(dilations) < 1:
            raise ValueError(f"expected dilations of at least 1, got {list(dilations)}; pass some, e.g. [1, 2, 4]")
        self.branches = nn.ModuleList(
            nn.Sequential(
                _convolution(inputs, outputs, size=3, dilation=dilation, padding=padding),
                make_norm(norm, outputs),
                make_activation(activation),
            )
            for dilation in dilations
        )
        self.join = nn.Conv2d(outputs * len(dilations), outputs, 1)

    def forward(
        self, features: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch outputs height width"]:
        return self.join(torch.cat([branch(features) for branch in self.branches], dim=1))


class DenseBlock(nn.Module):
    """Every layer sees all before it (Huang et al. 2017). Gives `inputs + layers * growth` channels: `outputs`."""

    def __init__(self, inputs: int, *, growth: int, layers: int, norm: str, activation: str, padding: Padding) -> None:
        super().__init__()
        if growth < 1 or layers < 1:
            raise ValueError(f"expected growth and layers of at least 1, got {growth} and {layers}; raise them")
        self.outputs = inputs + layers * growth
        self.layers = nn.ModuleList(
            nn.Sequential(
                make_norm(norm, inputs + index * growth),
                make_activation(activation),
                _convolution(inputs + index * growth, growth, size=3, padding=padding),
            )
            for index in range(layers)
        )

    def forward(
        self, features: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch outputs height width"]:
        for layer in self.layers:
            features = torch.cat([features, layer(features)], dim=1)
        return features


class ConvolutionalDecoder(nn.Module):
    """Fully convolutional decoder (Long et al. 2015): code map -> image, of twice the size per entry of `channels`."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        channels: Sequence[int],
        norm: str,
        activation: str,
        last_activation: str,
        mode: str,
        padding: Padding,
    ) -> None:
        super().__init__()
        if not channels:
            raise ValueError("expected channels of at least one level, got none; pass some, e.g. [64, 32]")
        levels: list[nn.Module] = []
        for before, after in zip([inputs, *channels[:-1]], channels, strict=True):
            levels += [
                ResizeConvolution(before, after, scale=2, mode=mode, size=3, padding=padding),
                make_norm(norm, after),
                make_activation(activation),
            ]
        last = _convolution(channels[-1], outputs, size=3, padding=padding)
        self.layers = nn.Sequential(*levels, last, make_activation(last_activation))

    def forward(self, code: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch outputs tall wide"]:
        return self.layers(code)


def make_bottleneck(kind: str, channels: int, *, blocks: int, norm: str, activation: str) -> nn.Sequential:
    """Make a sequence of zero-padded blocks that keep the number of channels.

    Args:
        kind: residual; squeeze_excite, a residual block whose channels are weighted; dilated, by 1, 2 and 4; dense, two
            layers that each add half as many channels, and a 1x1 convolution back; or none.

    Raises:
        ValueError: for an unknown kind, or kind none with blocks.
    """
    residual = partial(
        ResidualBlock, channels, channels, norm=norm, activation=activation, dropout=0.0, padding="zeros"
    )
    match kind:
        case "none" if blocks == 0:
            return nn.Sequential()
        case "residual":
            made = [residual() for _ in range(blocks)]
        case "squeeze_excite":
            reduction = min(16, channels)  # the paper's
            made = [
                nn.Sequential(residual(), SqueezeExcite(channels, reduction=reduction, activation=activation))
                for _ in range(blocks)
            ]
        case "dilated":
            made = [
                DilatedBlock(channels, channels, dilations=(1, 2, 4), norm=norm, activation=activation, padding="zeros")
                for _ in range(blocks)
            ]
        case "dense":
            grown = partial(DenseBlock, growth=channels // 2, layers=2, norm=norm, activation=activation)
            made = [_narrowed(grown(channels, padding="zeros"), channels) for _ in range(blocks)]
        case _:
            known = "none with 0 blocks, residual, squeeze_excite, dilated, dense"
            raise ValueError(f"expected a bottleneck among {known}, got {kind!r} with {blocks}; correct the setting")
    return nn.Sequential(*made)


def _narrowed(block: DenseBlock, channels: int) -> nn.Sequential:
    return nn.Sequential(block, nn.Conv2d(block.outputs, channels, 1))


def make_upsampling(kind: str, inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    """Make the two steps that double the size of a map: one with weights, then one without.

    Args:
        kind: interpolation, which reduces the channels at the small size and then upsamples; resize, which upsamples
            and then convolves; or transposed.

    Raises:
        ValueError: for an unknown kind.
    """
    match kind:
        case "interpolation":
            upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
            return nn.Conv2d(inputs, outputs, 1), upsample
        case "resize":
            resize = ResizeConvolution(inputs, outputs, scale=2, mode="nearest", size=3, padding="zeros")
            return resize, nn.Identity()
        case "transposed":
            return TransposedConvolution(inputs, outputs, scale=2), nn.Identity()
    raise ValueError(f"expected an upsampling among interpolation, resize, transposed, got {kind!r}; correct it")
