"""Foot contacts: a foot stands where it is slow and low, with hysteresis; in metres and seconds for any frame rate."""

from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.smoothing import smooth_over_frames

NOISE_S = 0.03  # width of the smoothing before speeds are taken
STEP_S = 0.06  # speeds are differences over this time, or over one frame where frames are farther apart
SHORTEST_S = 0.08  # shorter contacts and shorter gaps between them are taken for noise
BELOW_FLOOR = 0.05  # fraction of frames in which a foot may be measured below the ground
AT_ONCE = 1024  # frames whose windows are sorted at once
FLOOR_S = 1.5  # the floor is estimated from so long before and after a frame: longer than a jump, shorter than drift
# A contact begins or goes on where a foot is at most this fast and this high above where it stands.
BEGIN_M_PER_S, BEGIN_M = 0.35, 0.05
STAY_M_PER_S, STAY_M = 0.55, 0.09
SEEDED_M_PER_S, SEEDED_M = 1.00, 0.13  # where the caller gives a contact


def detect_contacts(
    feet_m: Float[Tensor, "frame foot 3"],
    fps: Fraction | float,
    *,
    seeds: Bool[Tensor, "frame foot"] | None = None,
) -> Bool[Tensor, "frame foot"]:
    """Foot positions -> the frames in which each foot stands still on the ground.

    A run of frames under the wider limits is a contact if one of its frames is under the narrower ones. Heights count
    from the floor, the lowest level that any of the feet keeps around that time. So ankles serve as well as soles, and
    the floor of a capture may drift.

    Args:
        feet_m: one point a foot (an ankle, say) in world axes, y up.
        seeds: contacts known from elsewhere; in these frames the widest limits hold.
    """
    speed = foot_speeds_m_per_s(feet_m, fps)
    heights = smooth_over_frames(feet_m[..., 1], fps, sigma_s=NOISE_S)
    heights = heights - floor_m(heights.amin(1), fps)[:, None]
    begins = (speed <= BEGIN_M_PER_S) & (heights <= BEGIN_M)
    stays = (speed <= STAY_M_PER_S) & (heights <= STAY_M)
    if seeds is not None:
        known = seeds & (speed <= SEEDED_M_PER_S) & (heights <= SEEDED_M)
        begins, stays = begins | known, stays | known
    stays = stays & ~_between_stances(feet_m, stays, seeds, fps)
    contacts = torch.zeros_like(stays)
    for foot in range(stays.shape[1]):
        for first, last in runs(stays[:, foot]):
            contacts[first : last + 1, foot] = bool(begins[first : last + 1, foot].any())
    return _without_short_runs(_without_short_gaps(contacts, fps), fps)


def floor_m(lowest_m: Float[Tensor, "frame"], fps: Fraction | float) -> Float[Tensor, "frame"]:
    """Height of the lower foot -> height of the floor under it: a low quantile in a moving window, which may drift."""
    reach = min(round(FLOOR_S * float(fps)), len(lowest_m) - 1)
    padded = torch.nn.functional.pad(lowest_m, (reach, reach), value=torch.nan)
    windows = padded.unfold(0, 2 * reach + 1, 1).split(AT_ONCE)
    level = torch.cat([some.nanquantile(BELOW_FLOOR, dim=1) for some in windows])
    return smooth_over_frames(level, fps, sigma_s=FLOOR_S / 3)


def foot_speeds_m_per_s(feet_m: Float[Tensor, "frame foot 3"], fps: Fraction | float) -> Float[Tensor, "frame foot"]:
    """Foot positions -> speeds, the slower of before and after, so that a stance's first and last frame count as still.

    A single frame has speed 0.
    """
    feet_m = smooth_over_frames(feet_m, fps, sigma_s=NOISE_S)
    step = min(max(1, round(STEP_S * float(fps))), len(feet_m) - 1)
    if step < 1:
        return torch.zeros_like(feet_m[..., 0])
    moved = (feet_m[step:] - feet_m[:-step]).norm(dim=-1) * float(fps) / step
    never = torch.full_like(moved[:1], torch.inf).expand(step, -1)
    return torch.minimum(torch.cat([moved, never]), torch.cat([never, moved]))


def _between_stances(
    feet_m: Float[Tensor, "frame foot 3"],
    stays: Bool[Tensor, "frame foot"],
    seeds: Bool[Tensor, "frame foot"] | None,
    fps: Fraction | float,
) -> Bool[Tensor, "frame foot"]:
    """Frames to leave out so that two stances stay apart where the whole step between them falls between two frames.

    At a few frames a second the last frame of a stance and the first of the next can be neighbours, each at rest on its
    own side. Of the two the frame whose foot is higher is left out.
    """
    left_out = torch.zeros_like(stays)
    if round(STEP_S * float(fps)) > 1 or len(feet_m) < 2:
        return left_out
    speed = (feet_m[1:] - feet_m[:-1]).norm(dim=-1) * float(fps)
    limit = torch.full_like(speed, STAY_M_PER_S)
    if seeds is not None:
        limit[seeds[1:] & seeds[:-1]] = SEEDED_M_PER_S
    step = stays[1:] & stays[:-1] & (speed > limit)
    later_is_higher = feet_m[1:, :, 1] > feet_m[:-1, :, 1]
    left_out[1:] |= step & later_is_higher
    left_out[:-1] |= step & ~later_is_higher
    return left_out


def runs(flags: Bool[Tensor, "frame"]) -> list[tuple[int, int]]:
    """First and last frame of every run of true frames."""
    padded = torch.nn.functional.pad(flags.int(), (1, 1))
    change = padded.diff()
    starts, ends = (change == 1).nonzero().flatten().tolist(), (change == -1).nonzero().flatten().tolist()
    return [(first, after - 1) for first, after in zip(starts, ends, strict=True)]


def sliding_speeds_m_per_s(
    feet_m: Float[Tensor, "frame foot 3"], contacts: Bool[Tensor, "frame foot"], fps: Fraction | float
) -> Float[Tensor, "slide"]:
    """Foot skate: the horizontal speed of each foot between two frames in both of which it stands."""
    speed = (feet_m[1:] - feet_m[:-1])[..., [0, 2]].norm(dim=-1) * float(fps)
    return speed[contacts[1:] & contacts[:-1]]


def _without_short_gaps(contacts: Bool[Tensor, "frame foot"], fps: Fraction | float) -> Bool[Tensor, "frame foot"]:
    """Fill short gaps between two contacts, none before the first or after the last one."""
    filled = contacts.clone()
    for foot in range(contacts.shape[1]):
        for first, last in runs(~contacts[:, foot]):
            inside = first > 0 and last < len(contacts) - 1
            if inside and last - first + 1 < SHORTEST_S * float(fps):
                filled[first : last + 1, foot] = True
    return filled


def _without_short_runs(contacts: Bool[Tensor, "frame foot"], fps: Fraction | float) -> Bool[Tensor, "frame foot"]:
    kept = contacts.clone()
    for foot in range(contacts.shape[1]):
        for first, last in runs(contacts[:, foot]):
            at_an_end = first == 0 or last == len(contacts) - 1
            if not at_an_end and last - first + 1 < SHORTEST_S * float(fps):
                kept[first : last + 1, foot] = False
    return kept
