"""What published image-to-image networks have in common here: all maps in, colour and alpha of the window out."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from motion_transfer.synthesis.candidates import Candidates
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted

COLOURS = 3


class PlainGenerator(ConditionalGenerator):
    """A network that knows nothing of bodies: it reads every map as pixels, and its own output before.

    Args:
        channels: names of the maps, which are all read.
        recurrent: whether the output of the frame before is read as well.
        alpha: whether it tells where the person ends, so that only the person is laid over the background; without, it
            paints the background around the person too, as the published networks do.
        multiple: of which the network needs height and width; the window is padded to it by its edge.
    """

    divisor = 1

    def __init__(self, channels: Sequence[str], *, recurrent: bool, alpha: bool, multiple: int) -> None:
        super().__init__()
        self.channels, self.recurrent, self.alpha, self.multiple = tuple(channels), recurrent, alpha, multiple
        self.inputs = len(self.channels) + (COLOURS if recurrent else 0)
        self.outputs = COLOURS + alpha

    @abstractmethod
    def paint(self, pixels: Float[Tensor, "batch input height width"]) -> Float[Tensor, "batch output height width"]:
        """Colours before their tanh, and where there is alpha, its logit."""

    def forward(
        self,
        maps: Float[Tensor, "batch channel height width"],
        previous: Float[Tensor, "batch 3 height width"] | None = None,
        trust: Float[Tensor, "batch"] | None = None,
        candidates: Candidates | None = None,
    ) -> Painted:
        """Paint one frame of each sequence in the batch; `trust` and `candidates` do not matter here."""
        height, width = maps.shape[2:]
        if self.recurrent:
            before = maps.new_zeros(len(maps), COLOURS, height, width) if previous is None else previous.to(maps)
            maps = torch.cat([maps, before], 1)
        whole = pad(maps, (0, -width % self.multiple, 0, -height % self.multiple), mode="replicate")
        raw = self.paint(whole)[:, :, :height, :width].float()
        everywhere = torch.ones_like(raw[:, :1])
        alpha = torch.sigmoid(raw[:, COLOURS:]) if self.alpha else everywhere
        return Painted(rgb=torch.tanh(raw[:, :COLOURS]), alpha=alpha, blend=everywhere)
