"""Joints in motion -> BodyMotion of the model's mean body, which stands on the ground and faces the camera."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import HIPS, JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyShape
from motion_transfer.geometry.contacts import detect_contacts
from motion_transfer.motion_files.body_placement import facing_rotation, on_the_ground
from motion_transfer.motion_files.body_rotations import find_own_rest
from motion_transfer.motion_files.joint_mapping import JointMapping, map_joints
from motion_transfer.motion_files.joint_rotations import Track, solve_rotations
from motion_transfer.motion_files.plausibility import check_person
from motion_transfer.motion_files.resampling import Frames, ResampledSkeleton
from motion_transfer.motion_files.skeleton_clip import SkeletonClip
from motion_transfer.motion_files.up_axis import axis_vector, find_up, leg_length

MAX_FPS = Fraction(30)  # files of more frames a second are resampled to this rate unless another is given
CALIBRATION_FRAMES = 60  # among the first so many, frames of a calibration pose are looked for
SAMPLES = 400  # frames that the floor is looked for in
FLOATING = 0.5  # of a leg's length: feet farther over the lowest joint carry nothing
# What legs measure in each unit.
UNITS = {
    "metres": (0.5, 1.15),
    "CMU's unit of 5.64 cm": (9.0, 20.0),
    "inches": (24.0, 45.0),
    "centimetres": (50.0, 115.0),
    "millimetres": (500.0, 1150.0),
}
Positions = Mapping[str, Float[np.ndarray, "frame 3"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonMotion:
    """A person found in a skeleton in motion, at the rate that is wanted.

    Attributes:
        head: the file's first frames, for names and the pose at rest.
        tracks: where each of a person's joints is.
        joints: which of the clip's joints stand for those of a person.
        up: the unit vector that points up, in the clip's axes.
        notes: what was guessed, each in one sentence.
    """

    head: SkeletonClip
    clip: ResampledSkeleton
    tracks: Mapping[str, Float[np.ndarray, "frame 3"]]
    joints: JointMapping
    up: Float[np.ndarray, "3"]
    notes: tuple[str, ...]

    @property
    def length(self) -> tuple[int, Fraction]:
        """How many frames, and frames a second."""
        return len(self.clip), self.clip.rate

    def on_body(self, model: BodyModel) -> BodyMotion:
        """The motion on the model's mean body.

        The path is scaled by leg length; it starts over the world's origin and faces the camera in the first frame.
        """
        shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
        body, rate = shape_body(model, shape), self.clip.rate
        world_from_file = facing_rotation(self.tracks, self.up)
        placed = self._placed(world_from_file, body.leg_length_m / leg_length(self.tracks))
        seeds = detect_contacts(torch.stack([placed["left_ankle"], placed["right_ankle"]], 1), rate)
        seeds = seeds & _low(placed, body)
        own = find_own_rest(self.head, self.joints.joints, body.rest_joints_m.double().numpy())
        if own is not None:
            rotations, root = torch.empty(len(self.clip), len(JOINTS), 3, 3), placed["pelvis"]
            for frames, piece in self.clip.pieces():
                rotations[frames] = own.rotations(piece, world_from_file)
        else:
            slope = standing_foot_slope_rad(placed, seeds)
            rotations = solve_rotations(placed, body.rest_joints_m, float(rate), foot_slope_rad=slope)
            hips_rest = body.rest_joints_m[HIPS].mean(0) - body.rest_joints_m[0]
            root = (placed["left_hip"] + placed["right_hip"]) / 2 - rotations[:, 0] @ hips_rest
        return on_the_ground(shape, body, rotations, root, rate, seeds)

    def _placed(self, world_from_file: Float[np.ndarray, "3 3"], scale: float) -> dict[str, Track]:
        """The tracks in our world, from the place where the pelvis starts."""
        start = self.tracks["pelvis"][0]
        return {
            role: torch.from_numpy((track - start) @ world_from_file.T * scale).float()
            for role, track in self.tracks.items()
        }


def find_person(
    frames: Frames, count: int, *, fps: Fraction | None, up: str, mapping: Mapping[str, str]
) -> SkeletonMotion:
    """Skeleton in motion -> the person in it. First frames in a calibration pose are left out.

    Args:
        frames: gives the frames that are asked for, so that no more are computed than the rate needs.
        count: how many there are.
        fps: frames a second of the motion; None takes the file's rate, at most 30.
        up: the axis that points up, or `auto`.
        mapping: names of joints that the user chose, by role.

    Raises:
        ValueError: a joint that is needed is missing, or this is no person.
    """
    head = frames(np.arange(min(count, CALIBRATION_FRAMES)))
    joints = map_joints(head, mapping)
    first, left_out = calibration_frames(joints.tracks(head))
    rate = fps if fps is not None else min(head.fps, MAX_FPS)
    clip = ResampledSkeleton(frames=frames, first=first, file_count=count, file_fps=head.fps, rate=rate)
    some = clip.at(np.linspace(0, len(clip) - 1, min(SAMPLES, len(clip))).astype(int))
    moving = joints.tracks(some)
    rest = (
        None if head.rest is None else {role: head.rest[list(one)].mean(0)[None] for role, one in joints.joints.items()}
    )
    check_person(head, joints, moving, rest)
    axis, told = find_up(moving, some.positions, rest, head.up, up)
    notes = (*head.notes, *joints.notes, *left_out, *told, _unit(leg_length(moving)))
    return SkeletonMotion(
        head=head, clip=clip, tracks=_tracks(clip, joints), joints=joints, up=axis_vector(axis), notes=notes
    )


def _tracks(clip: ResampledSkeleton, joints: JointMapping) -> dict[str, Float[np.ndarray, "frame 3"]]:
    """Where each of a person's joints is in every frame."""
    found = {role: np.empty((len(clip), 3), np.float32) for role in joints.joints}
    for frames, piece in clip.pieces():
        for role, track in joints.tracks(piece).items():
            found[role][frames] = track
    return found


def calibration_frames(named: Positions) -> tuple[int, tuple[str, ...]]:
    """How many first frames are a calibration pose that the body jumps from, and what to say of it.

    Such frames are all alike, and the body's joints leave their places in one step.
    """
    about_pelvis = np.stack(list(named.values()), 1) - named["pelvis"][:, None]
    steps = np.linalg.norm(np.diff(about_pelvis, axis=0), axis=-1).mean(-1)
    size = np.linalg.norm(about_pelvis[0], axis=-1).max()
    if len(steps) < 3:
        return 0, ()
    jump = int(steps[:-2].argmax())
    after = steps[jump + 1 : jump + 8]
    if steps[jump] <= 0.05 * size or steps[jump] <= 5 * after.max() or (steps[:jump] > 0.002 * size).any():
        return 0, ()
    said = "The first frame was" if jump == 0 else f"The first {jump + 1} frames were"
    return jump + 1, (f"{said} left out as a calibration pose that the body jumps from.",)


def _low(placed: dict[str, Track], body: ShapedBody) -> Tensor:
    """Whether each foot is among the lowest of the tracked joints."""
    heights = torch.stack([track[:, 1] for track in placed.values()], 1)
    ankles = torch.stack([placed["left_ankle"][:, 1], placed["right_ankle"][:, 1]], 1)
    return ankles - heights.amin(1, keepdim=True) < FLOATING * body.leg_length_m


def _unit(leg: float) -> str:
    """What the legs' length says of the file's unit."""
    for unit, (low, high) in UNITS.items():
        if low <= leg <= high:
            return f"Its unit was taken for {unit}, in which the legs are {leg:.3g} long; they give the path its scale."
    return f"Its unit is none of the usual ones; the legs, which are {leg:.3g} long, give the path its scale."


def standing_foot_slope_rad(tracks: dict[str, Track], contacts: Tensor) -> float:
    """The angle by which the line from ankle to toes rises (usually it falls) while feet stand: a flat foot's slope."""
    slopes = []
    for foot, side in enumerate(("left", "right")):
        if f"{side}_toe" not in tracks:
            continue
        line = tracks[f"{side}_toe"] - tracks[f"{side}_ankle"]
        standing = contacts[:, foot] if bool(contacts[:, foot].any()) else torch.ones(len(line), dtype=torch.bool)
        slopes.append(torch.atan2(line[:, 1], line[:, [0, 2]].norm(dim=-1))[standing])
    return float(torch.cat(slopes).median()) if slopes else 0.0
