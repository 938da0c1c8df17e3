"""One smooth correction of the whole body's height puts its feet on the ground."""

from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.smoothing import bridge_over_frames, smooth_over_frames

LANDED_SHARE = 0.05  # where no contact is known, so many frames stand lower than the ground


def height_correction_m(
    lowest_m: Float[Tensor, "frame 2"], contacts: Bool[Tensor, "frame 2"], fps: Fraction | float, *, smoothing_s: float
) -> Float[Tensor, "frame"]:
    """What to add to the body's height so that planted feet stand at y = 0, smoothly over time.

    In the air the correction runs on from take-off to landing, so that a jump stays as high as it was.
    """
    planted = contacts.any(1)
    if not bool(planted.any()):
        return -lowest_m.amin(1).quantile(LANDED_SHARE).expand(len(lowest_m))
    level = lowest_m.masked_fill(~contacts, torch.inf).amin(1)
    return -smooth_over_frames(bridge_over_frames(level, planted), fps, sigma_s=smoothing_s)
