"""What the generator is told about a chunk of frames."""

from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import value


@value
class ConditioningMaps:
    """Rendered maps in the person's window.

    Attributes:
        values: one picture a channel; colours in [-1, 1], normals in [-1, 1] (world axes), the rest in [0, 1].
        channels: the name of each channel, e.g. `normal_x`, `depth`, `silhouette`, `texture_r`, `stick_r`.
    """

    values: Float[Tensor, "frame channel height width"]
    channels: tuple[str, ...]

    def select(self, prefix: str) -> Float[Tensor, "frame selected height width"]:
        """The channels whose name starts with `prefix`, in order.

        Raises:
            ValueError: no channel has such a name.
        """
        index = [i for i, name in enumerate(self.channels) if name.startswith(prefix)]
        if not index:
            raise ValueError(f"expected a channel that starts with {prefix!r}, got only {', '.join(self.channels)}")
        return self.values[:, index]
