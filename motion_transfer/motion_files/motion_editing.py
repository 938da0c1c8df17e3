"""Edits of a motion before it is performed: another speed, a part of it, its mirror image, and repeats."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.fingers import OF_A_HAND
from motion_transfer.body.skeleton import JOINTS, mirrored
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, mirrored_openings
from motion_transfer.geometry.rotations import rotation_about_vertical, rotation_between

SEAM_S = 0.4  # over which the end of a motion and its next beginning are blended
SPEEDS = (0.05, 20.0)
MOST_LOOPS, MOST_FRAMES = 1000, 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEdit:
    """Changes a motion, in this order: the part that is used, its speed, its mirror image, and repeats.

    Attributes:
        speed: 2 is twice as fast, at the same frame rate.
        mirror: whether left and right change places.
        trim: `a..b`, the seconds that are used; either may be left out. None uses all.
        loops: how often it is done, the end blended into the beginning; it goes on from where it ended.

    Raises:
        ValueError: a setting makes no sense.
    """

    speed: float = 1.0
    mirror: bool = False
    trim: str | None = None
    loops: int = 1

    def __post_init__(self) -> None:
        if not SPEEDS[0] <= self.speed <= SPEEDS[1]:
            raise ValueError(
                f"expected source_edit.speed from {SPEEDS[0]} to {SPEEDS[1]:g}, got {self.speed}; 2 is twice as fast"
            )
        if not 1 <= self.loops <= MOST_LOOPS:
            raise ValueError(f"expected source_edit.loops from 1 to {MOST_LOOPS}, got {self.loops}; 1 repeats nothing")
        self._seconds()

    def __call__(self, motion: BodyMotion) -> tuple[BodyMotion, tuple[str, ...]]:
        """The edited motion, the same object where nothing is to be changed, and what was done.

        Raises:
            ValueError: the part that is asked for lies outside of the motion, or the result would be too long.
        """
        notes: list[str] = []
        if self.trim is not None:
            first, stop = self.part(len(motion), motion.fps)
            motion = motion[first:stop]
            notes.append(f"The source was cut to its seconds {self.trim}.")
        if self.speed != 1:
            motion = stretched(motion, self.speed)
            notes.append(f"The source was made {self.speed:g} times as fast.")
        if self.mirror:
            motion = mirror_image(motion)
            notes.append("The source was mirrored.")
        if self.loops > 1:
            if len(motion) * self.loops > MOST_FRAMES:
                raise ValueError(
                    f"expected at most {MOST_FRAMES} frames, got {len(motion) * self.loops}; repeat it less"
                )
            motion = looped(motion, self.loops)
            notes.append(f"The source was repeated, {self.loops} times in all.")
        return motion, tuple(notes)

    def _seconds(self) -> tuple[float, float]:
        if self.trim is None:
            return 0.0, math.inf
        start, dots, end = self.trim.partition("..")
        try:
            found = float(start or 0), float(end or math.inf)
        except ValueError:
            found = math.nan, math.nan
        if not dots or not 0 <= found[0] < found[1]:
            raise ValueError(f"expected source_edit.trim=a..b in seconds, got {self.trim!r}; try trim=2.5..7")
        return found

    def part(self, frames: int, fps: Fraction) -> tuple[int, int]:
        """The first frame that is used of so many, and the one behind the last.

        Raises:
            ValueError: the part that is asked for lies outside.
        """
        start, end = self._seconds()
        first, stop = round(start * float(fps)), min(frames, round(min(end, 1e9) * float(fps)))
        if not first < stop:
            raise ValueError(
                f"expected source_edit.trim within the {frames / float(fps):.2f} s of the source, "
                f"got {self.trim}; choose a part of it"
            )
        return first, stop


def stretched(motion: BodyMotion, speed: float) -> BodyMotion:
    """The motion done `speed` times as fast at the same frame rate; poses between frames lie on the shortest arcs."""
    count = max(1, int((len(motion) - 1) / speed + 1e-6) + 1)
    at = (torch.arange(count) * speed).clamp(max=len(motion) - 1)
    low = at.floor().long()
    high = (low + 1).clamp(max=len(motion) - 1)
    weight = (at - low).to(motion.pose.root_position_m)
    nearest = at.round().long()
    return replace(
        motion,
        pose=between(motion.pose.at(low), motion.pose.at(high), weight),
        confidence=motion.confidence[low].lerp(motion.confidence[high], weight),
        foot_contacts=motion.foot_contacts[nearest],
    )


def mirror_image(motion: BodyMotion) -> BodyMotion:
    """Left and right change places, and the path is mirrored in the plane x = 0.

    With M = diag(-1, 1, 1) a joint takes M R M of its partner on the other side.
    """
    pose, partners = motion.pose, list(mirrored(JOINTS))
    across = torch.tensor([-1.0, 1.0, 1.0]).to(pose.root_position_m)
    rotations = pose.parent_from_joint[:, partners] * across[:, None] * across
    return replace(
        motion,
        pose=BodyPose(
            parent_from_joint=rotations,
            root_position_m=pose.root_position_m * across,
            fingers=None if pose.fingers is None else pose.fingers.roll(OF_A_HAND, 1) * across[:, None] * across,
            face_openings=None if pose.face_openings is None else mirrored_openings(pose.face_openings),
        ),
        foot_contacts=motion.foot_contacts.flip(1),
    )


def looped(motion: BodyMotion, loops: int) -> BodyMotion:
    """The motion several times, each one from where the last one ended, its first frames blended with the last ones."""
    seam = min(round(SEAM_S * float(motion.fps)), (len(motion) - 1) // 2)
    whole, again = motion, motion
    for _ in range(loops - 1):
        again = _continued(again, whole, seam)
        whole = _joined(whole, again, seam)
    return whole


def _continued(motion: BodyMotion, before: BodyMotion, seam: int) -> BodyMotion:
    """The motion turned about the vertical and moved so that the middle of its first frames fits the last ones."""
    end, start = len(before) - seam + seam // 2, seam // 2
    end = min(end, len(before) - 1)
    turn = _heading(before.pose, end) - _heading(motion.pose, start)
    rotation = rotation_about_vertical(turn)
    root = motion.pose.root_position_m @ rotation.T
    level = root.new_tensor([1.0, 0.0, 1.0])
    root = root + (before.pose.root_position_m[end] - root[start]) * level
    rotations = motion.pose.parent_from_joint.clone()
    rotations[:, 0] = rotation @ rotations[:, 0]
    return replace(motion, pose=replace(motion.pose, parent_from_joint=rotations, root_position_m=root))


def _heading(pose: BodyPose, frame: int) -> Float[Tensor, ""]:
    to_left = pose.parent_from_joint[frame, 0, :, 0]
    return torch.atan2(-to_left[2], to_left[0])


def _joined(first: BodyMotion, second: BodyMotion, seam: int) -> BodyMotion:
    """One after the other, `seam` frames of both blended with weights along a cosine."""
    weight = 0.5 - 0.5 * torch.cos(torch.pi * (torch.arange(seam) + 1) / (seam + 1))
    weight = weight.to(first.pose.root_position_m)
    kept = len(first) - seam
    both = between(first.pose[slice(kept, None)], second.pose[slice(0, seam)], weight)
    later = second.pose[slice(seam, None)]
    earlier = first.pose[slice(0, kept)]
    contacts = first.foot_contacts[kept:] & second.foot_contacts[:seam]
    confidence = first.confidence[kept:].lerp(second.confidence[:seam], weight)
    return replace(
        first,
        pose=_in_turn([earlier, both, later]),
        confidence=torch.cat([first.confidence[:kept], confidence, second.confidence[seam:]]),
        foot_contacts=torch.cat([first.foot_contacts[:kept], contacts, second.foot_contacts[seam:]]),
    )


def _in_turn(poses: list[BodyPose]) -> BodyPose:
    """Poses one after the other; of fingers and face nothing is known where it is not known of all."""
    fingers = [pose.fingers for pose in poses if pose.fingers is not None]
    openings = [pose.face_openings for pose in poses if pose.face_openings is not None]
    return BodyPose(
        parent_from_joint=torch.cat([pose.parent_from_joint for pose in poses]),
        root_position_m=torch.cat([pose.root_position_m for pose in poses]),
        fingers=torch.cat(fingers) if len(fingers) == len(poses) else None,
        face_openings=torch.cat(openings) if len(openings) == len(poses) else None,
    )


def between(start: BodyPose, end: BodyPose, weight: Float[Tensor, "frame"]) -> BodyPose:
    """The poses at fractions of the way from start to end: joints on their shortest arcs, the root on a line."""
    fingers, openings = None, None
    if start.fingers is not None and end.fingers is not None:
        fingers = rotation_between(start.fingers, end.fingers, weight)
    if start.face_openings is not None and end.face_openings is not None:
        openings = start.face_openings.lerp(end.face_openings, weight[:, None])
    return BodyPose(
        parent_from_joint=rotation_between(start.parent_from_joint, end.parent_from_joint, weight),
        root_position_m=start.root_position_m.lerp(end.root_position_m, weight[:, None]),
        fingers=fingers,
        face_openings=openings,
    )
