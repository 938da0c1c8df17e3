"""A solution of the video fit."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import value


@value
class FitState:
    """Where an optimization starts or ended, in world axes.

    Attributes:
        ground: the ground plane y = height + slope * z.
    """

    betas: Float[Tensor, "beta"]
    parent_from_joint: Float[Tensor, "frame joint 3 3"]
    root_position_m: Float[Tensor, "frame 3"]
    ground: Float[Tensor, "2"]

    def on_flat_ground(self) -> "FitState":
        """The same body over the plane y = 0."""
        return replace(self, ground=torch.zeros(2))
