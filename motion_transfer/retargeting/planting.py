"""Foot planting: one position for each stance, a smooth shift of the whole body, and leg IK for what remains."""

import dataclasses
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import ANKLES, HIPS
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.body.support import feet_that_carry
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.geometry.contacts import detect_contacts, runs
from motion_transfer.geometry.gaps import fill_linear
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.retargeting.leg_ik import move_ankles, reach_m
from motion_transfer.retargeting.shots import shot_by_shot
from motion_transfer.retargeting.state import RetargetingState, check_not_negative

FARTHEST_M = 0.5  # a foot that drifts farther during a contact is not held, only smoothed
DRIFT_SMOOTHING_S = 0.5
EASY_REACH = 0.99  # the hips sink to this fraction of the legs' length: near full reach a small step whips the knee
LOWEST_HIPS_M = 0.13  # how far the hips may sink so that planted feet stay in reach


@dataclass(frozen=True, slots=True, kw_only=True)
class FootPlanting:
    """Detects foot contacts on the target's body and holds the feet that are in contact.

    Attributes:
        root_smoothing_s: width of the filter over the shift of the body that helps planted feet.
        ease_s: how long before and after a stance the correction of its foot comes and goes.

    Raises:
        ValueError: a setting is negative.
    """

    root_smoothing_s: float
    ease_s: float

    def __post_init__(self) -> None:
        check_not_negative(root_smoothing_s=self.root_smoothing_s, ease_s=self.ease_s)

    @shot_by_shot
    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Detect the contacts and plant the feet; the contacts so far count as seeds."""
        body, fps = state.target.body, state.source.fps
        posed = body.posed(state.pose)
        contacts = detect_contacts(posed.joints_m[:, ANKLES], fps, seeds=state.contacts)
        contacts = contacts & feet_that_carry(body, posed.world_from_rest)
        pose = plant_feet(state.pose, body, contacts, fps, root_smoothing_s=self.root_smoothing_s, ease_s=self.ease_s)
        return dataclasses.replace(state, pose=pose, contacts=contacts)


def plant_feet(
    pose: BodyPose,
    body: ShapedBody,
    contacts: Bool[Tensor, "frame 2"],
    fps: Fraction | float,
    *,
    root_smoothing_s: float,
    ease_s: float,
) -> BodyPose:
    """Move the body smoothly and the legs exactly, so that feet in contact keep their positions on the ground.

    Args:
        root_smoothing_s: width of the filter over the body's shift.
        ease_s: how long before and after a stance its correction comes and goes.
    """
    posed = body.posed(pose)
    ankles = posed.joints_m[:, ANKLES]
    offsets = stance_positions_m(ankles, contacts, fps) - ankles
    shift = root_shift_m(offsets, contacts, fps, smoothing_s=root_smoothing_s)
    pose = replace(pose, root_position_m=pose.root_position_m + shift)
    moved = body.posed(pose)
    lowest = lowest_sole_m(body, moved.world_from_rest)
    rest = offsets - shift[:, None]
    rest[..., 1] = -lowest
    rest = ease(rest, contacts, fps, ease_s=ease_s)
    rest[..., 1] = torch.maximum(rest[..., 1], -lowest)  # no foot sinks into the ground, planted or not
    targets = moved.joints_m[:, ANKLES] + rest
    reach, hips = reach_m(moved, EASY_REACH), moved.joints_m[:, HIPS]
    sink = hip_sink_m(hips, targets, reach, contacts, fps, smoothing_s=root_smoothing_s)
    down = torch.stack([torch.zeros_like(sink), sink, torch.zeros_like(sink)], -1)
    pose = replace(pose, root_position_m=pose.root_position_m - down)
    return move_ankles(pose, body.posed(pose), targets)


def stance_positions_m(
    ankles_m: Float[Tensor, "frame 2 3"], contacts: Bool[Tensor, "frame 2"], fps: Fraction | float
) -> Float[Tensor, "frame 2 3"]:
    """The position of each ankle: in each stance the median of its ground positions; elsewhere its own."""
    anchors = ankles_m.clone()
    for foot in range(2):
        for first, last in runs(contacts[:, foot]):
            stance = ankles_m[first : last + 1, foot][:, [0, 2]]
            middle = stance.median(0).values
            if (stance - middle).norm(dim=-1).max() > FARTHEST_M:
                middle = smooth_over_frames(stance, fps, sigma_s=DRIFT_SMOOTHING_S)
            anchors[first : last + 1, foot, 0], anchors[first : last + 1, foot, 2] = middle.unbind(-1)
    return anchors


def root_shift_m(
    offsets_m: Float[Tensor, "frame 2 3"],
    contacts: Bool[Tensor, "frame 2"],
    fps: Fraction | float,
    *,
    smoothing_s: float,
) -> Float[Tensor, "frame 3"]:
    """The smooth horizontal shift of the whole body that brings planted feet nearest to their positions."""
    planted = contacts.any(1)
    if not bool(planted.any()):
        return torch.zeros_like(offsets_m[:, 0])
    weight = contacts[..., None].to(offsets_m.dtype)
    mean = (offsets_m * weight).sum(1) / weight.sum(1).clamp(min=1)
    mean = mean * mean.new_tensor([1.0, 0.0, 1.0])
    return smooth_over_frames(fill_linear(mean, planted), fps, sigma_s=smoothing_s)


def ease(
    offsets_m: Float[Tensor, "frame 2 3"], contacts: Bool[Tensor, "frame 2"], fps: Fraction | float, *, ease_s: float
) -> Float[Tensor, "frame 2 3"]:
    """The offsets of the stances; before and after a stance its end's offset fades over `ease_s` along a cosine.

    Between two stances that are nearer than that each fades over the time between them.
    """
    eased = torch.where(contacts[..., None], offsets_m, torch.zeros_like(offsets_m))
    frames = torch.arange(len(contacts), device=contacts.device)
    longest = ease_s * float(fps)
    for foot in range(2):
        stances = runs(contacts[:, foot])
        for first, last in runs(~contacts[:, foot]):
            width = min(longest, last - first + 2)
            inside = frames[first : last + 1]
            if any(end == first - 1 for _, end in stances):
                eased[inside, foot] += offsets_m[first - 1, foot] * _fade((inside - first + 1) / width)
            if any(start == last + 1 for start, _ in stances):
                eased[inside, foot] += offsets_m[last + 1, foot] * _fade((last + 1 - inside) / width)
    return eased


def _fade(progress: Float[Tensor, "frame"]) -> Float[Tensor, "frame 1"]:
    """1 at 0, 0 from 1 on, without a corner."""
    return (0.5 + 0.5 * torch.cos(torch.pi * progress.clamp(0, 1)))[:, None]


def hip_sink_m(
    hips_m: Float[Tensor, "frame 2 3"],
    targets_m: Float[Tensor, "frame 2 3"],
    reach_m: Float[Tensor, "frame 2"],
    contacts: Bool[Tensor, "frame 2"],
    fps: Fraction | float,
    *,
    smoothing_s: float,
) -> Float[Tensor, "frame"]:
    """How far the hips go down so that the legs reach the planted feet, smoothly and never by much."""
    apart = (hips_m - targets_m)[..., [0, 2]].norm(dim=-1)
    highest = (reach_m**2 - apart**2).clamp(min=0).sqrt()
    need = (hips_m[..., 1] - targets_m[..., 1] - highest).clamp(0, LOWEST_HIPS_M)
    need = torch.where(contacts, need, torch.zeros_like(need)).amax(1)
    width = round(3 * smoothing_s * float(fps))
    widened = torch.nn.functional.max_pool1d(need[None, None], 2 * width + 1, 1, width)[0, 0]
    return smooth_over_frames(widened, fps, sigma_s=smoothing_s)
