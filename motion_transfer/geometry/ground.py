"""Ground alignment over time: one smooth correction of the body's height."""

from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.gaps import fill_linear
from motion_transfer.geometry.smoothing import smooth_over_frames

BELOW_GROUND = 0.05  # fraction of frames that lie lower than the ground where no contact is known


def height_correction_m(
    lowest_m: Float[Tensor, "frame 2"], contacts: Bool[Tensor, "frame 2"], fps: Fraction | float, *, smoothing_s: float
) -> Float[Tensor, "frame"]:
    """Lowest point and contacts of each foot -> what to add to the body's height so that planted feet stand at y = 0.

    In the air the correction is interpolated from take-off to landing, so that a jump stays as high as it was.
    """
    planted = contacts.any(1)
    if not bool(planted.any()):
        return -lowest_m.amin(1).quantile(BELOW_GROUND).expand(len(lowest_m))
    level = lowest_m.masked_fill(~contacts, torch.inf).amin(1)
    return -smooth_over_frames(fill_linear(level, planted), fps, sigma_s=smoothing_s)
