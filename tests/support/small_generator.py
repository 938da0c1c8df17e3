"""A generator that takes no time, for maps with every channel there is."""

from typing import Any

import torch

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.generator import Generator


def small_generator(channels: tuple[str, ...] = SMPL_CHANNELS, *, previous: bool = True, **more: Any) -> Generator:
    """The same weights each time."""
    torch.manual_seed(0)
    return Generator(
        channels,
        width=8,
        widest=16,
        levels=2,
        norm="instance",
        activation="leaky_relu",
        dropout=0.0,
        texture_channels=4,
        texture_px=16,
        previous=previous,
        **more,
    )
