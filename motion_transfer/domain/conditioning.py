"""Conditioning maps: what the generator reads of a chunk of frames."""

from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import value


@value
class ConditioningMaps:
    """Rendered maps in the person's window.

    Attributes:
        values: one picture a channel; colours in [-1, 1], normals in [-1, 1] (world axes), the rest in [0, 1].
        channels: the name of each channel, e.g. `normal_x`, `depth`, `silhouette`, `texture_r`, `stick_r`.

    Raises:
        ValueError: there is not one name for each channel.
    """

    values: Float[Tensor, "frame channel height width"]
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.shape[1] != len(self.channels):
            raise ValueError(
                f"expected a name for each of {self.values.shape[1]} maps, got {len(self.channels)}: "
                f"{', '.join(self.channels)}; name every channel that is rendered"
            )
