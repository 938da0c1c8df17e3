"""Inpainting with an untrained network as prior (deep image prior; Ulyanov et al., CVPR 2018)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from motion_transfer.training.blocks import ConvolutionalDecoder
from motion_transfer.training.layers import LEAKY_SLOPE

LOG = logging.getLogger(__name__)
CODE_SIZE = 0.1  # upper bound of the uniform code, as in the paper
AVERAGE_DECAY = 0.98  # of the moving average over outputs, near the paper's 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintedImage:
    """An inpainted image and how its fit went.

    Attributes:
        rgb: in [0, 1]; known pixels are unchanged.
        held_out_error: mean squared error on the held-out known pixels, at every check.
        steps: after which the image was taken.
    """

    rgb: Float[Tensor, "3 height width"]
    held_out_error: tuple[float, ...]
    steps: int


class Hourglass(nn.Module):
    """Encoder and decoder with narrow skips, as in the paper: strided convolutions, bilinear upsampling."""

    def __init__(self, inputs: int, *, channels: Sequence[int], skip_channels: int) -> None:
        super().__init__()
        widths = [inputs, *channels]
        self.down = nn.ModuleList(
            nn.Sequential(_layer(before, after, stride=2), _layer(after, after))
            for before, after in zip(widths, channels, strict=False)
        )
        skips = [_layer(width, skip_channels, size=1) for width in widths[:-1]] if skip_channels else []
        self.skip = nn.ModuleList(skips)
        below = [*channels[1:], channels[-1]]
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(under + skip_channels),
                _layer(under + skip_channels, width),
                _layer(width, width, size=1),
            )
            for width, under in zip(channels, below, strict=True)
        )
        self.last = nn.Sequential(nn.Conv2d(channels[0], 3, 1), nn.Sigmoid())

    def forward(self, code: Float[Tensor, "1 channel height width"]) -> Float[Tensor, "1 3 height width"]:
        levels = [code]
        for down in self.down:
            levels.append(down(levels[-1]))
        features = levels[-1]
        for index in reversed(range(len(self.up))):
            above = levels[index]
            features = functional.interpolate(features, above.shape[-2:], mode="bilinear", align_corners=False)
            if len(self.skip):
                features = torch.cat([features, self.skip[index](above)], dim=1)
            features = self.up[index](features)
        return self.last(features)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepImagePrior:
    """Inpaint by fitting a random network, from a fixed code, to the known pixels alone.

    The network learns the picture before its noise. Blocks of known pixels are therefore held out: the fit stops when
    their error has not fallen for `patience` checks, and the output of least error is taken.

    Args:
        network: hourglass, the paper's; or decoder, which upsamples a small code (Heckel and Hand 2019): it has fewer
            weights, and no skips.
        channels: of each level, from full resolution down.
        skip_channels: of the hourglass's skips; 0 for large holes (as in the paper), a few for fine texture.
        code_channels: of the fixed random code.
        code_noise: standard deviation of the noise that is added to the code at every step.
        learning_rate: of Adam.
        steps: at most.
        check_every: steps between checks of the held-out pixels.
        patience: checks without a smaller error before stopping.
        held_out_fraction: of the known pixels.
        seed: of network, code and held-out blocks.

    Raises:
        ValueError: for a setting out of its range.
    """

    network: str
    channels: Sequence[int]
    skip_channels: int
    code_channels: int
    code_noise: float
    learning_rate: float
    steps: int
    check_every: int
    patience: int
    held_out_fraction: float
    seed: int

    def __post_init__(self) -> None:
        if self.network not in ("hourglass", "decoder"):
            raise ValueError(f"expected a network among hourglass, decoder, got {self.network!r}; correct it")
        channels = list(self.channels)
        if not channels or min([*channels, self.code_channels]) < 1 or self.skip_channels < 0:
            raise ValueError(f"expected channels above 0, got {channels} and {self.code_channels}; pass some")
        counts = (self.steps, self.check_every, self.patience)
        if min(counts) < 1:
            raise ValueError(f"expected 1 or more steps, got {counts}; raise them")
        if not 0 < self.held_out_fraction < 0.5:
            raise ValueError(f"expected a held-out fraction in (0, 0.5), got {self.held_out_fraction}; 0.05 is usual")
        if self.learning_rate <= 0 or self.code_noise < 0:
            given = f"{self.learning_rate} and {self.code_noise}"
            raise ValueError(f"expected a rate above 0 and noise of at least 0, got {given}; raise them")

    @property
    def smallest_side_px(self) -> int:
        """The least height and width of an image: reflection at the lowest level takes two pixels."""
        return 2 ** (len(self.channels) + 1)

    def __call__(
        self,
        rgb: Float[Tensor, "3 height width"],
        known: Bool[Tensor, "mask_height mask_width"],
        advance: Callable[[], None] = lambda: None,
    ) -> InpaintedImage:
        """Inpaint the unknown pixels.

        Args:
            rgb: in [0, 1]; values at unknown pixels are never read.
            known: False where there is a hole.
            advance: called at every step; what it raises ends the fit.

        Raises:
            ValueError: for a mask of another size, an image too small for the levels, or no known pixel.
        """
        if rgb.shape[1:] != known.shape:
            raise ValueError(f"expected a mask of {tuple(rgb.shape[1:])}, got {tuple(known.shape)}; resize it")
        if min(known.shape) < self.smallest_side_px:
            raise ValueError(
                f"expected at least {self.smallest_side_px} pixels a side, got {tuple(known.shape)}; use fewer levels"
            )
        if not known.any():
            raise ValueError("expected known pixels, got none; there is nothing to learn from")
        with torch.random.fork_rng(devices=[rgb.device] if rgb.is_cuda else []):
            torch.manual_seed(self.seed)
            held_out = known & _blocks(known, self.held_out_fraction)
            shown = torch.where(known, rgb.clamp(0, 1), 0.5)  # unknown pixels may hold anything, even NaN
            inpainted = self._fit(shown, known & ~held_out, held_out, advance)
        LOG.info("inpainted %d pixels in %d steps", int((~known).sum()), inpainted.steps)
        return InpaintedImage(
            rgb=torch.where(known, rgb, inpainted.rgb), held_out_error=inpainted.held_out_error, steps=inpainted.steps
        )

    def _untrained(self) -> nn.Module:
        if self.network == "hourglass":
            return Hourglass(self.code_channels, channels=self.channels, skip_channels=self.skip_channels)
        return ConvolutionalDecoder(
            self.code_channels,
            3,
            channels=self.channels[::-1],
            norm="batch",
            activation="leaky_relu",
            last_activation="sigmoid",
            mode="bilinear",
            padding="reflect",
        )

    def _fit(self, rgb: Tensor, learned: Tensor, held_out: Tensor, advance: Callable[[], None]) -> InpaintedImage:
        height, width = learned.shape
        network = self._untrained().to(rgb)
        coarse = 2 ** len(self.channels) if self.network == "decoder" else 1
        code_shape = (1, self.code_channels, -(-height // coarse), -(-width // coarse))
        code = torch.rand(code_shape, device=rgb.device, dtype=rgb.dtype) * CODE_SIZE
        optimizer = torch.optim.Adam(network.parameters(), lr=self.learning_rate)
        average, errors = torch.zeros_like(rgb), []
        best, least, taken = rgb, inf, 0
        for step in range(1, self.steps + 1):
            advance()
            optimizer.zero_grad()
            output = network(code + self.code_noise * torch.randn_like(code))[0, :, :height, :width]
            ((output - rgb).square() * learned).sum().div(3 * learned.sum()).backward()
            optimizer.step()
            average.lerp_(output.detach(), 1 - AVERAGE_DECAY)
            if step % self.check_every and step != self.steps:
                continue
            shown = average / (1 - AVERAGE_DECAY**step)  # the average began at 0
            error = (((shown - rgb).square() * held_out).sum() / (3 * held_out.sum()).clamp(min=1)).item()
            errors.append(error)
            if error < least:
                best, least, taken = shown.clone(), error, step
            elif len(errors) - 1 - errors.index(least) >= self.patience:
                break
        return InpaintedImage(rgb=best, held_out_error=tuple(errors), steps=taken)


def _layer(inputs: int, outputs: int, *, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, padding_mode="reflect"),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(LEAKY_SLOPE),
    )


def _blocks(known: Bool[Tensor, "height width"], fraction: float) -> Bool[Tensor, "height width"]:
    """Draw square blocks that cover about this fraction of the image; single pixels would be too easy to guess."""
    height, width = known.shape
    side = max(2, min(height, width) // 16)
    chances = torch.rand(1, 1, -(-height // side), -(-width // side), device=known.device)
    chances.view(-1)[chances.argmin()] = 0  # at least one block
    blocks = functional.interpolate((chances < fraction).float(), scale_factor=side, mode="nearest")
    return blocks[0, 0, :height, :width] > 0
