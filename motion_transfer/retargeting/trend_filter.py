"""Trend filtering of a path: least total variation of its velocity, hence straight stretches with few corners."""

from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.retargeting.shots import shot_by_shot
from motion_transfer.retargeting.state import RetargetingState, check_not_negative
from motion_transfer.training.optimizers.admm import smooth_by_total_variation

USUAL_FPS = 30  # at which a strength is meant
STRETCH, OVERLAP = 240, 60  # frames that are solved at once, because the work grows with their cube; and shared by two
STEPS = 300
PENALTY = 100.0  # ADMM's beta as a multiple of the strength: converges fastest for paths in metres
SHORTEST = 3  # frames with a change of velocity


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFilter:
    """Takes the jitter out of the path of the pelvis.

    Attributes:
        strength: weight of the total variation, in metres at 30 frames a second; 0 leaves the path as it is.

    Raises:
        ValueError: the strength is negative.
    """

    strength: float

    def __post_init__(self) -> None:
        check_not_negative(strength=self.strength)

    @shot_by_shot
    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Filter the path."""
        path = filter_trend(state.pose.root_position_m, state.source.fps, strength=self.strength)
        return state.with_pose(replace(state.pose, root_position_m=path))


def filter_trend(
    path_m: Float[Tensor, "frame 3"], fps: Fraction | float, *, strength: float
) -> Float[Tensor, "frame 3"]:
    """Give the path that is near to this one and changes its velocity rarely (trend filtering; Kim et al. 2009).

    Unlike a filter of some width it keeps corners: starts, stops and jumps stay where they are in time.

    Args:
        path_m: of the pelvis in the world.
        fps: of the frames; a strength straightens as much at any rate.
        strength: of the variation, in metres at 30 frames a second; 0 gives the path as it is.
    """
    if strength == 0 or len(path_m) < SHORTEST:
        return path_m
    scaled = strength * (float(fps) / USUAL_FPS) ** 2
    smooth, weights = torch.zeros_like(path_m), path_m.new_zeros(len(path_m), 1)
    for first in range(0, max(len(path_m) - OVERLAP, 1), STRETCH - OVERLAP):
        stretch = slice(first, min(first + STRETCH, len(path_m)))
        middle = path_m[stretch].mean(0)
        solved = smooth_by_total_variation(
            path_m[stretch] - middle, strength=scaled, penalty=PENALTY * scaled, steps=STEPS, order=2
        )
        fade = _fade(stretch, len(path_m)).to(path_m)[:, None]
        smooth[stretch] += fade * (solved + middle)
        weights[stretch] += fade
    return smooth / weights


def _fade(stretch: slice, frames: int) -> Float[Tensor, "stretch"]:
    """Weights of a stretch: 1, but rising and falling where it overlaps its neighbours."""
    index = torch.arange(stretch.start, stretch.stop)
    rise = (index - stretch.start + 1) / OVERLAP if stretch.start > 0 else torch.ones(len(index))
    fall = (stretch.stop - index) / OVERLAP if stretch.stop < frames else torch.ones(len(index))
    return torch.minimum(rise, fall).clamp(max=1.0)
