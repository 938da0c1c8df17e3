"""Two people who dance, and the picture that motion transfer should make of them: known pixel by pixel."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import SyntheticClip, synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SOURCE_MOVES = ("steps", "turns", "squats", "jumps", "waves")
TARGET_MOVES = ("steps", "sways", "reaches")  # never the back, never an arm above the shoulder
SPOT_M = 0.12  # how far from the middle of the room people stand
SETTLING_S = 0.04


@value
class SyntheticPair:
    """Input and desired output of motion transfer.

    Attributes:
        source: A's dance, with turns.
        target: B's own dance, which shows neither A's poses nor B's back.
        truth: B performs A's dance in B's room, in the middle of where B dances.
    """

    source: SyntheticClip
    target: SyntheticClip
    truth: SyntheticClip


def make_pair(
    model: BodyModel, *, seed: int, size: ImageSize, seconds: float, fps: Fraction, texture_px: int = 1024
) -> SyntheticPair:
    """Draw two people, two rooms and two dances; a seed gives the same pair again."""
    generator = np.random.default_rng([seed, 11])
    clips = []
    for person, moves in enumerate((SOURCE_MOVES, TARGET_MOVES)):
        own_seed = 2 * seed + person
        performer = random_performer(model, own_seed, texture_px=texture_px)
        motion = dance(model, performer.shape, seconds=seconds, fps=fps, seed=own_seed, moves=moves)
        spot = torch.tensor(generator.uniform(-SPOT_M, SPOT_M, 2), dtype=torch.float32)
        camera = room_camera(size, own_seed)
        background = room(camera, own_seed)
        clips.append((performer, dancing_around(motion, spot), camera, background))
    source, target = clips
    performer, own, camera, background = target
    danced = perform(model, source[1], performer.shape, own.pose.root_position_m[:, [0, 2]].mean(0))
    return SyntheticPair(
        source=synthesize_clip(model, *source),
        target=synthesize_clip(model, *target),
        truth=synthesize_clip(model, performer, danced, camera, background),
    )


def dancing_around(motion: BodyMotion, spot_m: Float[Tensor, "2"]) -> BodyMotion:
    """The same dance with the middle of its path at another place (x, z) of the ground."""
    root = motion.pose.root_position_m.clone()
    root[:, [0, 2]] += spot_m - root[:, [0, 2]].mean(0)
    pose = replace(motion.pose, root_position_m=root)
    return BodyMotion(
        shape=motion.shape,
        pose=pose,
        fps=motion.fps,
        confidence=motion.confidence,
        foot_contacts=motion.foot_contacts,
    )


def perform(model: BodyModel, motion: BodyMotion, shape: BodyShape, spot_m: Float[Tensor, "2"]) -> BodyMotion:
    """Someone else dances the same: equal rotations, a path as much longer as the legs are, feet on the ground.

    Args:
        shape: who dances.
        spot_m: the middle of the path (x, z).
    """
    own, other = shape_body(model, shape), shape_body(model, motion.shape)
    ratio = own.leg_length_m / other.leg_length_m
    scaled = replace(motion.pose, root_position_m=motion.pose.root_position_m * ratio)
    root = scaled.root_position_m.clone()
    root[:, 1] -= _height_above_ground_m(own, scaled, motion)
    moved = BodyMotion(
        shape=shape,
        pose=replace(scaled, root_position_m=root),
        fps=motion.fps,
        confidence=motion.confidence,
        foot_contacts=motion.foot_contacts,
    )
    return dancing_around(moved, spot_m)


def _height_above_ground_m(shaped: ShapedBody, pose: BodyPose, motion: BodyMotion) -> Float[Tensor, "frame"]:
    """How far to lower the body so that planted feet touch the ground; in flight, in between.

    It is smoothed a little, since it has a kink where the other foot becomes the lower one.
    """
    heights = lowest_sole_m(shaped, shaped.posed(pose).world_from_rest)
    supported = motion.foot_contacts.any(1)
    below = heights.masked_fill(~motion.foot_contacts, torch.inf).amin(1)
    frames = np.arange(len(below))
    if not supported.any():
        return torch.full_like(below, float(heights.min()))
    standing = supported.numpy()
    between = np.interp(frames, frames[standing], below.numpy()[standing])
    smooth = gaussian_filter1d(between, SETTLING_S * float(motion.fps), mode="nearest")
    return torch.tensor(smooth, dtype=below.dtype)
