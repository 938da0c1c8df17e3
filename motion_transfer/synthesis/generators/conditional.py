"""The seam for generators: conditioning maps and the frame before in, colour, alpha and blend out."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.domain.value import value
from motion_transfer.synthesis.candidates import Candidates


@value
class Painted:
    """A generator's output for one batch, colours in [-1, 1], alpha in [0, 1].

    Attributes:
        blend: weight of the network's own colour, from 0 for the baked texture's to 1; of a network that judges
            candidates, the weight of these.
        votes: how right the network finds each candidate, as a logit; None where it reads no candidates.
        edge, light: what it adds to their alpha and colour.
    """

    rgb: Float[Tensor, "batch 3 height width"]
    alpha: Float[Tensor, "batch 1 height width"]
    blend: Float[Tensor, "batch 1 height width"]
    votes: Float[Tensor, "batch candidate height width"] | None = None
    edge: Float[Tensor, "batch 1 height width"] | None = None
    light: Float[Tensor, "batch 3 height width"] | None = None

    def over(self, plate: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
        """Composite the person over the background."""
        return self.alpha * self.rgb + (1 - self.alpha) * plate


class ConditionalGenerator(nn.Module, ABC):
    """A network that paints a person from conditioning maps.

    It is a class and no Protocol because its users also need what every module has: weights, a device, a mode. It is
    made from settings and the names of the maps: `UNetGenerator(channels=("u", "v"), base_channels=32)`.

    Attributes:
        channels: names of the maps that it reads, in order.
        recurrent: whether it reads its own output of the frame before.
        judges: whether it reads candidates, warped from the footage's own frames, and says which of them are right.
        divisor: what height and width of the maps must be divisible by.
    """

    channels: tuple[str, ...]
    recurrent: bool
    judges: bool = False
    divisor: int
    __call__: Callable[..., Painted]

    @abstractmethod
    def forward(
        self,
        maps: Float[Tensor, "batch channel height width"],
        previous: Float[Tensor, "batch 3 height width"] | None = None,
        trust: Float[Tensor, "batch"] | None = None,
        candidates: Candidates | None = None,
    ) -> Painted:
        """Paint one frame of each sequence in the batch.

        Args:
            previous: the composited output for the frame before; None at the start of a sequence.
            trust: in [0, 1], how far the network's own colours may replace the texture's; None for fully.
            candidates: the frame as each reference would show it; only given to a network that judges them.
        """

    def learnable_texture(self) -> nn.Parameter | None:
        """Give the texture that is learned with the network and sampled at the body's surface; None without one."""
        return None


@torch.no_grad()
def paint_previous(
    generator: ConditionalGenerator,
    maps: Float[Tensor, "batch channel height width"],
    plate: Float[Tensor, "batch 3 height width"],
    has_previous: Float[Tensor, "batch"],
) -> Float[Tensor, "batch 3 height width"] | None:
    """Paint the frames before, from no frame before them: what the generator will read in use, errors and all.

    Args:
        maps: of the frames before.
        has_previous: 1 where a sample has a frame before, 0 elsewhere; there the result is 0.

    Returns:
        None where no sample has one, or the generator does not read it.
    """
    if not generator.recurrent or not bool(has_previous.any()):
        return None
    return generator(maps).over(plate) * has_previous.view(-1, 1, 1, 1)
