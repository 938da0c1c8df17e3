"""A generator that takes no time, for maps with every channel there is."""

from typing import Any

import torch

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.generators.unet import UNetGenerator


def small_generator(channels: tuple[str, ...] = SMPL_CHANNELS, *, recurrent: bool = True, **more: Any) -> UNetGenerator:
    """The same weights each time."""
    torch.manual_seed(0)
    return UNetGenerator(
        channels,
        base_channels=8,
        max_channels=16,
        levels=2,
        norm="instance",
        activation="leaky_relu",
        dropout=0.0,
        texture_channels=4,
        texture_px=16,
        recurrent=recurrent,
        **more,
    )
