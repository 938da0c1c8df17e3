"""Frames without the person: the pose seen before is held, and eases into the one seen after."""

from dataclasses import replace
from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections
from motion_transfer.geometry.contacts import runs
from motion_transfer.geometry.rotations import rotation_between

EASE_S = 0.5  # before the person is seen again


def absent_frames(detections: Detections) -> Bool[Tensor, "frame"]:
    """The frames in which nobody was found."""
    return detections.landmarks_2d.confidence.amax(1) == 0


def hold_absent_frames(motion: BodyMotion, absent: Bool[Tensor, "frame"]) -> BodyMotion:
    """Replace the poses of these frames, which nothing was seen of; feet that stood before go on standing.

    At the beginning the first pose that was seen is held, and at the end the last one.
    """
    if not absent.any() or absent.all():
        return motion
    before, after, share = _neighbours(absent, motion.fps)
    rotations, root = motion.pose.parent_from_joint, motion.pose.root_position_m
    turned = rotation_between(rotations[before], rotations[after], share)
    moved = root[before].lerp(root[after], share[:, None])
    pose = replace(
        motion.pose,
        parent_from_joint=torch.where(absent[:, None, None, None], turned, rotations),
        root_position_m=torch.where(absent[:, None], moved, root),
    )
    standing = motion.foot_contacts[before] & (share == 0)[:, None]
    return replace(motion, pose=pose, foot_contacts=torch.where(absent[:, None], standing, motion.foot_contacts))


def _neighbours(absent: Bool[Tensor, "frame"], fps: Fraction) -> tuple[Tensor, Tensor, Float[Tensor, "frame"]]:
    """For each frame the seen ones before and after it, and how far it has eased from the one to the other."""
    count = len(absent)
    before, after = torch.arange(count), torch.arange(count)
    share = torch.zeros(count)
    for first, last in runs(absent):
        inside = slice(first, last + 1)
        before[inside] = first - 1 if first > 0 else last + 1
        after[inside] = last + 1 if last + 1 < count else first - 1
        width = min(EASE_S * float(fps), last - first + 2)
        progress = 1 - (last + 1 - torch.arange(first, last + 1)) / width
        share[inside] = 0.5 - 0.5 * torch.cos(torch.pi * progress.clamp(0, 1))
    return before, after, share
