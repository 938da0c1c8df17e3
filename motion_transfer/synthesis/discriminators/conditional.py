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


def discriminator_channels(channels: tuple[str, ...]) -> int:
    """Count the channels of `discriminator_input` for a generator of these maps."""
    return len(condition_channels(channels)) + 3 * FRAMES


def discriminator_input(
    batch: dict[str, Tensor], channels: tuple[str, ...], previous: Tensor | None, picture: Tensor
) -> Float[Tensor, "batch input height width"]:
    """Join what the discriminator sees: conditioning maps, the frame before as painted, and the frame itself.

    Args:
        channels: names of the maps in the batch.
        previous: None for black.
    """
    before = torch.zeros_like(picture) if previous is None else previous
    # Pixels without weight differ between filmed and painted frames for reasons that the generator cannot learn.
    shown = (batch["weight"] > 0.5).float()
    return torch.cat([batch["maps"][:, condition_channels(channels)], before * shown, picture * shown], 1)
