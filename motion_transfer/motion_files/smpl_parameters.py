"""Parameters of an SMPL body over time -> BodyMotion: its joint rotations are the body's own."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.kinematics import forward_kinematics
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.body.tiny_body import REST_JOINTS_M
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.value import value
from motion_transfer.motion_files.body_placement import facing_rotation, on_the_ground
from motion_transfer.motion_files.motion_editing import between
from motion_transfer.motion_files.up_axis import axis_vector, find_up

PELVIS_M = (-0.002, -0.241, 0.029)  # SMPL's pelvis at rest: its translations count from the origin of the template
LEG_M = 0.80  # of SMPL's mean body, hip to knee to ankle
SAMPLES = 400


@value
class SmplParameters:
    """Rotations and path of an SMPL body, in the file's world.

    Attributes:
        parent_from_joint: in SMPL's order; the pelvis in the world.
        pelvis_m: the pelvis joint.
        seen: frames that show the person.
        world_from_file: the file's axes in ours.
        notes: what was guessed, each in one sentence.
    """

    parent_from_joint: Float[Tensor, "frame joint 3 3"]
    pelvis_m: Float[Tensor, "frame 3"]
    seen: Bool[Tensor, "frame"]
    fps: Fraction
    world_from_file: Float[Tensor, "3 3"]
    notes: tuple[str, ...]

    @property
    def length(self) -> tuple[int, Fraction]:
        """How many frames, and frames a second."""
        return len(self.seen), self.fps

    def on_body(self, model: BodyModel) -> BodyMotion:
        """The motion on the model's mean body; it starts over the origin and faces the camera in the first frame."""
        shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
        body = shape_body(model, shape)
        rotations = self.parent_from_joint.clone()
        rotations[:, 0] = self.world_from_file @ rotations[:, 0]
        root = self.pelvis_m @ self.world_from_file.T * (body.leg_length_m / LEG_M)
        moved = on_the_ground(shape, body, rotations, root, self.fps, None)
        return replace(moved, confidence=self.seen.float())


def smpl_parameters(
    axis_angles: Float[np.ndarray, "frame joint 3"],
    translation_m: Float[np.ndarray, "frame 3"],
    seen: Bool[np.ndarray, "frame"],
    *,
    file_fps: Fraction,
    fps: Fraction | None,
    stated: str | None,
    asked: str,
    notes: tuple[str, ...],
) -> SmplParameters:
    """Arrays of a file -> parameters at the rate that is wanted, and the axes of their world.

    Args:
        axis_angles: of SMPL's first 22 or 24 joints.
        stated: the axis that points up by the format's convention; None for formats without one.
        asked: what the user says, or `auto`.

    Raises:
        ValueError: a number is not finite or beyond all measure, or there are no frames.
    """
    if not len(axis_angles):
        raise ValueError("expected frames, got none")
    if not (np.abs(axis_angles) < 1e3).all() or not (np.abs(translation_m) < 1e4).all():
        raise ValueError("expected finite rotations and positions, got others")
    padded = np.zeros((len(axis_angles), len(JOINTS), 3))
    padded[:, : axis_angles.shape[1]] = axis_angles
    pelvis = torch.from_numpy(translation_m + np.array(PELVIS_M)).float()
    rotations = roma.rotvec_to_rotmat(torch.from_numpy(padded).float())
    pose = BodyPose(parent_from_joint=rotations, root_position_m=pelvis - pelvis[:1])
    rate = min(file_fps, Fraction(30)) if fps is None else fps
    pose, kept = _resampled(pose, torch.from_numpy(seen), float(file_fps / rate))
    tracks, everything = _tracks(pose)
    axis, told = find_up(tracks, everything, None, stated, asked)
    turn = facing_rotation(tracks, axis_vector(axis))
    return SmplParameters(
        parent_from_joint=pose.parent_from_joint,
        pelvis_m=pose.root_position_m,
        seen=kept,
        fps=rate,
        world_from_file=torch.from_numpy(turn).float(),
        notes=(*notes, *told),
    )


def _resampled(pose: BodyPose, seen: Bool[Tensor, "frame"], step: float) -> tuple[BodyPose, Bool[Tensor, "kept"]]:
    """A pose every `step` frames, on the shortest arcs between its neighbours."""
    count = len(seen)
    at = torch.arange(int((count - 1) / step + 1e-6) + 1, dtype=torch.float64) * step
    low = (at + 1e-6).long().clamp(max=count - 1)
    high = (low + 1).clamp(max=count - 1)
    weight = (at - low).clamp(0, 1).float()
    return between(pose.at(low), pose.at(high), weight), seen[low]


def _tracks(pose: BodyPose) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Where the joints of a body of usual proportions are: by role, and all of them, in some of the frames."""
    rest = torch.zeros(len(JOINTS), 3)
    for name, place in REST_JOINTS_M.items():
        rest[joint(name)] = torch.tensor(place, dtype=torch.float32)
        if name.startswith("left"):
            rest[joint(name.replace("left", "right"))] = torch.tensor(place) * torch.tensor([-1.0, 1.0, 1.0])
    some = torch.linspace(0, len(pose.root_position_m) - 1, min(SAMPLES, len(pose.root_position_m))).long()
    positions = forward_kinematics(rest, pose.parent_from_joint[some])[1] + pose.root_position_m[some, None]
    found = positions.double().numpy()
    roles = ("pelvis", "neck", *(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle")))
    return {role: found[:, joint(role)] for role in roles}, found
