"""U-Net generator (Ronneberger et al. 2015): conditioning maps -> colour, alpha and blend, in 2x2 blocks of pixels.

The baked texture is its fallback. The network estimates where its own colour is better (`blend`); elsewhere the texture
shows. So it only has to learn what the texture lacks: hair, cloth, edges, light. A head is rigid, so that its texture
is sharp, and viewers notice a soft face first: in use the network's colours and the texture are mixed on heads.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate

from motion_transfer.body.skeleton import PARTS
from motion_transfer.rendering.smpl_maps import part_colours
from motion_transfer.rendering.texture import sample_atlas
from motion_transfer.synthesis.candidates import Candidates
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.training.blocks import make_bottleneck, make_upsampling
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_dropout, make_norm, to_channels_last

BLOCK = 2  # pixels of a block's side
PREVIOUS_CHANNELS = 3
DETAIL_CHANNELS = 8  # at full resolution, beside the sharp maps
MOST_LEVELS, MOST_BLOCKS = 10, 100
SAME_COLOUR = 0.05  # colours of parts that differ by more are of different parts
SHARP = ("texture_r", "texture_g", "texture_b", "seen", "silhouette")  # maps that the last layer sees pixel by pixel


class UNetGenerator(ConditionalGenerator):
    """U-Net with skip connections.

    Args:
        channels: names of the maps that it reads, in order, as the renderer gives them.
        base_channels: of the first level; they double from level to level, up to `max_channels`.
        levels: how often the resolution is halved.
        norm, activation, dropout: of `motion_transfer.training.layers`; dropout is at the deepest level.
        texture_channels: of the learnable texture that the u and v maps sample; 0 for none.
        texture_px: side of that texture.
        recurrent: whether the output of the frame before is read, for temporal coherence.
        bottleneck, bottleneck_blocks: kind and number of the blocks at the deepest level, of
            `motion_transfer.training.blocks`.
        upsampling: how a level's features reach the resolution of the one above, of the same module.
        head_blend: factor of the blend on heads where a frame has shown their texture. It acts in evaluation mode only:
            in training the network would learn to compensate for it.

    Raises:
        ValueError: a setting is out of its range.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        base_channels: int,
        max_channels: int,
        levels: int,
        norm: str,
        activation: str,
        dropout: float,
        texture_channels: int,
        texture_px: int,
        recurrent: bool,
        bottleneck: str = "none",
        bottleneck_blocks: int = 0,
        upsampling: str = "interpolation",
        head_blend: float = 1.0,
    ) -> None:
        super().__init__()
        if not 0 <= head_blend <= 1:
            raise ValueError(f"expected head_blend in [0, 1], got {head_blend}; 1 leaves heads to the network")
        if not 1 <= levels <= MOST_LEVELS or bottleneck_blocks > MOST_BLOCKS:
            raise ValueError(
                f"expected levels from 1 to {MOST_LEVELS} and bottleneck_blocks up to {MOST_BLOCKS}, "
                f"got {levels} and {bottleneck_blocks}; lower them"
            )
        self.channels, self.recurrent, self.divisor = tuple(channels), recurrent, BLOCK * 2**levels
        self.index = {name: i for i, name in enumerate(self.channels)}
        has_surface = {"u", "v", "texture_r"} <= set(channels)
        self.head_blend = head_blend if "part_r" in self.index else 1.0
        self.read = [i for name, i in self.index.items() if name not in ("u", "v")]
        self.sharp = [self.index[name] for name in SHARP] if has_surface else self.read
        texture = texture_channels if has_surface else 0
        self.texture = nn.Parameter(torch.zeros(texture, texture_px, texture_px)) if texture else None
        inputs = (len(self.read) + (PREVIOUS_CHANNELS if recurrent else 0)) * BLOCK**2 + texture
        widths = [min(base_channels * 2**level, max_channels) for level in range(levels + 1)]
        # Each block by itself first: a wide window over that many channels would cost a quarter of the whole network.
        self.stem = nn.Sequential(nn.Conv2d(inputs, widths[0], 1), _convolution(widths[0], widths[0], norm, activation))
        self.down = nn.ModuleList(
            nn.Sequential(
                _convolution(widths[i], widths[i + 1], norm, activation, stride=2),
                _convolution(widths[i + 1], widths[i + 1], norm, activation),
            )
            for i in range(levels)
        )
        self.middle = nn.Sequential(
            _convolution(widths[-1], widths[-1], norm, activation), make_dropout("channel", dropout)
        )
        self.bottleneck = make_bottleneck(
            bottleneck, widths[-1], blocks=bottleneck_blocks, norm=norm, activation=activation
        )
        # To reduce channels before interpolating costs half of convolving after it, and gives no checkerboard.
        rises = [make_upsampling(upsampling, widths[i + 1], widths[i]) for i in reversed(range(levels))]
        self.squeeze = nn.ModuleList(learned for learned, _ in rises)
        self.enlarge = nn.ModuleList(fixed for _, fixed in rises)
        self.merge = nn.ModuleList(
            _convolution(widths[i], widths[i], norm, activation) for i in reversed(range(levels))
        )
        self.detail = nn.Conv2d(widths[0], DETAIL_CHANNELS, 3, padding=1)
        last = nn.Conv2d(DETAIL_CHANNELS + len(self.sharp), 5, 3, padding=1)
        self.paint = nn.Sequential(make_activation(activation), last)
        initialize(self, scheme="kaiming", activation="leaky_relu" if activation == "leaky_relu" else "relu")
        with torch.no_grad():
            last.weight.mul_(0.1)
            last.bias = nn.Parameter(torch.tensor([0.0, 0, 0, 0, -1.0]))  # at first the baked texture shows
        to_channels_last(self)

    def forward(
        self,
        maps: Float[Tensor, "batch channel height width"],
        previous: Float[Tensor, "batch 3 height width"] | None = None,
        trust: Float[Tensor, "batch"] | None = None,
        candidates: Candidates | None = None,
    ) -> Painted:
        """Paint one frame of each sequence in the batch; the arguments are those of `ConditionalGenerator`."""
        features = self.stem(self._read(maps, previous))
        skips = []
        for down in self.down:
            skips.append(features)
            features = down(features)
        features = self.bottleneck(self.middle(features))
        for squeeze, enlarge, merge, skip in zip(self.squeeze, self.enlarge, self.merge, reversed(skips), strict=True):
            features = merge(enlarge(squeeze(features)) + skip)
        full = torch.cat([_upsampled(self.detail(features)), _select(maps, self.sharp).to(_precision(maps))], 1)
        return self._painted(self.paint(full).float().contiguous(), maps, trust)

    def _read(self, maps: Tensor, previous: Tensor | None) -> Tensor:
        """Maps and previous output in blocks of pixels, and the learnable texture sampled once a block."""
        precision = _precision(maps)
        pixels = _select(maps, self.read).to(precision)
        if self.recurrent:
            nothing = maps.new_zeros(len(maps), PREVIOUS_CHANNELS, *maps.shape[2:])
            pixels = torch.cat([pixels, (nothing if previous is None else previous).to(precision)], 1)
        blocks = in_blocks(pixels)
        if self.texture is None:
            return blocks
        coarse = maps[:, :, ::BLOCK, ::BLOCK]
        uv = _select(coarse, [self.index["u"], self.index["v"]])
        # Texels that no frame showed were never trained: they are masked.
        learned = sample_atlas(self.texture, uv) * self._map(coarse, "seen")
        return torch.cat([blocks, learned.to(precision)], 1)

    def _painted(self, raw: Tensor, maps: Tensor, trust: Tensor | None) -> Painted:
        rgb, blend = torch.tanh(raw[:, :3]), torch.sigmoid(raw[:, 4:])
        if "texture_r" not in self.index:
            return Painted(rgb=rgb, alpha=torch.sigmoid(raw[:, 3:4]), blend=torch.ones_like(blend))
        covered = self._map(maps, "silhouette")
        blend = blend if trust is None else blend * trust.view(-1, 1, 1, 1)
        blend = (
            blend if self.training or self.head_blend == 1 else blend * (1 - (1 - self.head_blend) * self._heads(maps))
        )
        blend = 1 - (1 - blend) * covered
        texture = _select(maps, [self.index[f"texture_{c}"] for c in "rgb"])
        # The body itself is the first guess of where the person is.
        alpha = torch.sigmoid(raw[:, 3:4] + 4 * covered - 2)
        return Painted(rgb=blend * rgb + (1 - blend) * texture, alpha=alpha, blend=blend)

    def _heads(self, maps: Tensor) -> Tensor:
        """Weight of head_blend: 1 on heads whose texture was seen, fading out within two pixels of their edge."""
        colour = part_colours()[PARTS.index("head")].to(maps).view(1, 3, 1, 1)
        parts = _select(maps, [self.index[f"part_{c}"] for c in "rgb"])
        elsewhere = ((parts - colour).abs().amax(1, keepdim=True) > SAME_COLOUR).to(maps)
        inside = (_box_sum(elsewhere, 3) == 0).to(maps)
        return _box_sum(inside, 5) / 25 * (1 - elsewhere) * self._map(maps, "seen")

    def _map(self, maps: Tensor, name: str) -> Tensor:
        return maps[:, self.index[name], None]

    def learnable_texture(self) -> nn.Parameter | None:
        """Give the texture that the u and v maps sample."""
        return self.texture


def _precision(maps: Tensor) -> torch.dtype:
    """The type that convolutions compute in: converting before joining moves half the memory, to the same result."""
    kind = maps.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else maps.dtype


def _select(maps: Float[Tensor, "batch channel height width"], channels: list[int]) -> Tensor:
    """Select channels by joining slices, because indexing by a list copies pixel by pixel."""
    return torch.cat([maps[:, channel, None] for channel in channels], 1)


def in_blocks(pixels: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch inner down across"]:
    """Give each block's pixels as channels, in the order of `pixel_unshuffle`, which takes four times as long."""
    inner = [pixels[:, :, y::BLOCK, x::BLOCK] for y in range(BLOCK) for x in range(BLOCK)]
    return torch.stack(inner, 2).flatten(1, 2)


def _box_sum(values: Float[Tensor, "batch 1 height width"], side: int) -> Float[Tensor, "batch 1 height width"]:
    return conv2d(values, values.new_ones(1, 1, side, side), padding=side // 2)


def _upsampled(features: Tensor) -> Tensor:
    return interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)


def _convolution(inputs: int, outputs: int, norm: str, activation: str, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1),
        make_norm(norm, outputs),
        make_activation(activation),
    )
