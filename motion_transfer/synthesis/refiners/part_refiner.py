"""The seam for refiners: a square of a finished frame and its maps in, what is added to its colours out."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

PARTS = ("head", "hands")  # of the body; both hands share a network


class PartRefiner(nn.Module, ABC):
    """A network that adds to the colours of a square around a part of the body, as the face network of Everybody Dance
    Now does (Chan et al. 2019, section 3.3): r = G_f(x_F, G(x)_F), and the refined square is r + G(x)_F.

    It is made from settings, the names of the maps and the square's side: `ResidualRefiner(channels=("normal_x",),
    side_px=128, base_channels=16)`. An untrained one should add nothing.

    Attributes:
        channels: names of the maps that it reads, in order.
        side_px: of the squares that it is trained on; a larger or smaller part of the frame is resampled to it.
        divisor: what the square's side must be divisible by.
    """

    channels: tuple[str, ...]
    side_px: int
    divisor: int
    __call__: Callable[..., Tensor]

    @abstractmethod
    def forward(
        self,
        picture: Float[Tensor, "batch 3 height width"],
        condition: Float[Tensor, "batch channel height width"],
    ) -> Float[Tensor, "batch 3 height width"]:
        """Give what is added to the colours.

        Args:
            picture: the square of the finished frame, colours in [-1, 1].
            condition: the maps of the same square.
        """


MakeRefiner = Callable[..., PartRefiner]


def check_part(part: str) -> None:
    """Refuse what is no part.

    Raises:
        ValueError: it has no refiner.
    """
    if part not in PARTS:
        raise ValueError(f"expected parts among {', '.join(PARTS)}, got {part}; correct synthesis.refiner.side_px")
