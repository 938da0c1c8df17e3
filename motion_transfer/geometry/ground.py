"""Ground alignment over time: one smooth correction of the body's height."""

import math
from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.contacts import floor_m
from motion_transfer.geometry.gaps import fill_linear
from motion_transfer.geometry.smoothing import smooth_over_frames

CARRIED_M = 0.08  # the body rests on something else than its feet where they are so far above its lowest point
NEAR_FLOOR_M = 0.15  # a body whose lowest point is higher over the floor around that time is in the air
DEEP_M = 0.03  # in the ground; less is within the noise of captures
LIFT_S, AROUND_S = 0.05, 1.0  # width of the lift, and how long before and after something else than feet carries
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

    In the air the correction is interpolated from take-off to landing, so that a jump stays as high as it was. Where a
    person goes from feet to hands, what would come out deep in the ground is lifted to it smoothly.

    Args:
        lowest_of_body_m: lowest point of the whole body; where it lies well below both feet and near to the floor, as
            under a person who lies or stands on their hands, it comes to y = 0 in their place.
    """
    level = lowest_m.masked_fill(~contacts, torch.inf).amin(1)
    planted, lowest = contacts.any(1), lowest_m.amin(1)
    carried = torch.zeros_like(planted)
    if lowest_of_body_m is not None:
        on_floor = lowest_of_body_m - floor_m(lowest_of_body_m, fps) < NEAR_FLOOR_M
        carried = (lowest - lowest_of_body_m > CARRIED_M) & on_floor
        level = torch.where(carried, torch.minimum(level, lowest_of_body_m), level)
        planted, lowest = planted | carried, lowest_of_body_m
    if not bool(planted.any()):
        return -lowest.quantile(BELOW_GROUND).expand(len(lowest))
    up = -smooth_over_frames(fill_linear(level, planted), fps, sigma_s=smoothing_s)
    if not bool(carried.any()):
        return up
    deep = (-DEEP_M - lowest - up).clamp(min=0) * _running_maximum(carried.to(up), fps, AROUND_S)
    # filtered no wider than the maximum runs, the lift is at least as high as every depth
    return up + smooth_over_frames(_running_maximum(deep, fps, 4 * LIFT_S), fps, sigma_s=LIFT_S)


def _running_maximum(track: Float[Tensor, "frame"], fps: Fraction | float, reach_s: float) -> Float[Tensor, "frame"]:
    reach = math.ceil(reach_s * float(fps))
    return torch.nn.functional.max_pool1d(track[None, None], 2 * reach + 1, 1, reach)[0, 0]
