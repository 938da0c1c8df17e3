"""The seam for discriminators: conditioning maps and two frames in, features and patch scores at several scales out."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

CONDITION = ("normal_x", "normal_y", "normal_z")  # where the body is and how it is turned; more maps only cost time
FRAMES = 2  # the frame before and the frame itself

Features = list[list[Tensor]]


class ConditionalDiscriminator(nn.Module, ABC):
    """A network that tells filmed frames from painted ones; it is made from its settings and `inputs=` channels."""

    __call__: Callable[..., Features]

    @abstractmethod
    def forward(self, picture: Float[Tensor, "batch channel height width"]) -> Features:
        """Give the features of every layer, scale by scale; the last of each scale are its patch scores.

        Args:
            picture: what `discriminator_input` gives.
        """


MakeDiscriminator = Callable[[int], ConditionalDiscriminator]


def condition_channels(channels: tuple[str, ...]) -> list[int]:
    """Give the indices of the maps that the discriminator sees; all of them where no body surface is rendered."""
    return [i for i, name in enumerate(channels) if name in CONDITION or CONDITION[0] not in channels]


def discriminator_channels(channels: tuple[str, ...], *, two_frame: bool) -> int:
    """Count the channels of `discriminator_input` for a generator of these maps."""
    maps = len(condition_channels(channels))
    return (FRAMES * maps if two_frame else maps) + 3 * FRAMES


def discriminator_input(
    batch: dict[str, Tensor], channels: tuple[str, ...], before: Tensor | None, picture: Tensor, *, two_frame: bool
) -> Float[Tensor, "batch input height width"]:
    """Join what the discriminator sees: conditioning maps, the frame before, and the frame itself.

    Args:
        channels: names of the maps in the batch.
        before: painted, or with `two_frame` filmed where the frame is; None for black.
        two_frame: whether the maps of the frame before come first, in the order of Everybody Dance Now (Chan et al.
            2019, section 3.2): maps before, maps, frame before, frame.
    """
    before = torch.zeros_like(picture) if before is None else before
    # Pixels without weight differ between filmed and painted frames for reasons that the generator cannot learn.
    shown = (batch["weight"] > 0.5).float()
    seen = condition_channels(channels)
    maps = [batch["maps_before"][:, seen]] if two_frame else []
    return torch.cat([*maps, batch["maps"][:, seen], before * shown, picture * shown], 1)
