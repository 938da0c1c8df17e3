"""Ground alignment over time: one smooth correction of the body's height."""

from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.gaps import fill_linear
from motion_transfer.geometry.smoothing import smooth_over_frames

CARRIED_M = 0.08  # the body rests on something else than its feet where they are so far above its lowest point
BELOW_GROUND = 0.05  # fraction of frames that lie lower than the ground where no contact is known


def height_correction_m(
    lowest_m: Float[Tensor, "frame 2"],
    contacts: Bool[Tensor, "frame 2"],
    fps: Fraction | float,
    *,
    smoothing_s: float,
    lowest_of_body_m: Float[Tensor, "frame"] | None = None,
) -> Float[Tensor, "frame"]:
    """Lowest point and contacts of each foot -> what to add to the body's height so that planted feet stand at y = 0.

    In the air the correction is interpolated from take-off to landing, so that a jump stays as high as it was.

    Args:
        lowest_of_body_m: lowest point of the whole body; where it lies well below both feet, as under a person who
            lies or stands on their hands, it comes to y = 0 in their place.
    """
    level = lowest_m.masked_fill(~contacts, torch.inf).amin(1)
    planted, lowest = contacts.any(1), lowest_m.amin(1)
    if lowest_of_body_m is not None:
        carried = lowest - lowest_of_body_m > CARRIED_M
        level = torch.where(carried, torch.minimum(level, lowest_of_body_m), level)
        planted, lowest = planted | carried, lowest_of_body_m
    if not bool(planted.any()):
        return -lowest.quantile(BELOW_GROUND).expand(len(lowest))
    return -smooth_over_frames(fill_linear(level, planted), fps, sigma_s=smoothing_s)
