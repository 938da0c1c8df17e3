"""A motion in the layout of AMASS's .npz files, with what makes it whole: it comes back without loss."""

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import roma
import torch
from jaxtyping import Float

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.value import value
from motion_transfer.motion_files.motion_editing import stretched
from motion_transfer.motion_files.smpl_parameters import PELVIS_M

OWN = "motion_transfer"  # the array that marks such a file: text of a JSON object
OPENINGS = "face_openings"  # only where they are known
AMASS_JOINTS, AMASS_BETAS = 52, 16
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # file_from_world: y becomes z


@value
class OwnMotion:
    """A motion that this program wrote."""

    motion: BodyMotion
    body: str
    notes: tuple[str, ...]

    @property
    def length(self) -> tuple[int, Fraction]:
        """How many frames, and frames a second."""
        return len(self.motion), self.motion.fps

    def on_body(self, model: BodyModel) -> BodyMotion:
        """The motion as it was written; on a body of other proportions, on its mean shape."""
        shape = self.motion.shape
        if self.body == model.name and len(shape.betas) == model.betas:
            return self.motion
        mean = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
        return replace(self.motion, shape=mean)


def own_arrays(motion: BodyMotion, body: str, up: str) -> dict[str, np.ndarray]:
    """A motion -> arrays as AMASS names them: axis angles of SMPL-H's joints, translation, rate and betas.

    Args:
        body: the name of the body model.
        up: `z`, as AMASS has it, or `y`.
    """
    turn = Z_UP if up == "z" else np.eye(3)
    rotations = motion.pose.parent_from_joint.double().clone()
    rotations[:, 0] = torch.from_numpy(turn) @ rotations[:, 0]
    angles = roma.rotmat_to_rotvec(rotations).numpy()
    poses = np.zeros((len(motion), AMASS_JOINTS * 3))
    poses[:, :66] = angles[:, :22].reshape(len(motion), -1)
    if motion.pose.fingers is not None:
        poses[:, 66:] = roma.rotmat_to_rotvec(motion.pose.fingers.double()).reshape(len(motion), -1).numpy()
    betas = np.zeros(AMASS_BETAS)
    betas[: len(motion.shape.betas)] = motion.shape.betas.numpy()[:AMASS_BETAS]
    facts = {"body": body, "up": up, "fps": str(motion.fps)}
    return {
        "poses": poses,
        "trans": motion.pose.root_position_m.double().numpy() @ turn.T - np.array(PELVIS_M),
        "betas": betas,
        "gender": np.array("neutral"),
        "mocap_framerate": np.array(float(motion.fps)),
        "hands": angles[:, 22:],
        "own_betas": motion.shape.betas.numpy(),
        "clothing_offset_m": motion.shape.clothing_offset_m.numpy(),
        "confidence": motion.confidence.numpy(),
        "foot_contacts": motion.foot_contacts.numpy(),
        OWN: np.frombuffer(json.dumps(facts).encode(), np.uint8),
        **({} if (openings := motion.pose.face_openings) is None else {OPENINGS: openings.numpy()}),
    }


def read_own(arrays: Mapping[str, np.ndarray], fps: Fraction | None) -> OwnMotion:
    """The motion of `own_arrays`.

    Raises:
        ValueError, KeyError: the arrays are no such motion.
    """
    facts = json.loads(arrays[OWN].astype(np.uint8).tobytes())
    turn = Z_UP if facts["up"] == "z" else np.eye(3)
    angles = _angles(arrays["poses"], arrays["hands"])
    rotations = roma.rotvec_to_rotmat(torch.from_numpy(angles))
    rotations[:, 0] = torch.from_numpy(turn.T) @ rotations[:, 0]
    motion = BodyMotion(
        shape=BodyShape(
            betas=torch.from_numpy(arrays["own_betas"]).float(),
            clothing_offset_m=torch.from_numpy(arrays["clothing_offset_m"]).float(),
        ),
        pose=BodyPose(
            parent_from_joint=rotations.float(),
            root_position_m=torch.from_numpy((arrays["trans"] + np.array(PELVIS_M)) @ turn).float(),
            fingers=_fingers(arrays["poses"]),
            face_openings=torch.from_numpy(arrays[OPENINGS]).float() if OPENINGS in arrays else None,
        ),
        fps=Fraction(str(facts["fps"])),
        confidence=torch.from_numpy(arrays["confidence"]).float(),
        foot_contacts=torch.from_numpy(arrays["foot_contacts"]),
    )
    return OwnMotion(motion=at_rate(motion, fps), body=str(facts["body"]), notes=())


def _angles(
    poses: Float[np.ndarray, "frame number"], hands: Float[np.ndarray, "frame 2 3"]
) -> Float[np.ndarray, "frame joint 3"]:
    if poses.shape[1] != AMASS_JOINTS * 3 or not np.isfinite(poses).all() or not np.isfinite(hands).all():
        raise ValueError(f"expected finite poses of {AMASS_JOINTS} joints, got others")
    return np.concatenate([poses[:, :66].reshape(len(poses), 22, 3), hands], 1)


def _fingers(poses: Float[np.ndarray, "frame number"]) -> Float[torch.Tensor, "frame 30 3 3"] | None:
    """The rotations of SMPL-H's finger joints; None where they are all at rest."""
    angles = torch.from_numpy(poses[:, 66:]).float().view(len(poses), -1, 3)
    return roma.rotvec_to_rotmat(angles) if angles.any() else None


def at_rate(motion: BodyMotion, fps: Fraction | None) -> BodyMotion:
    """The motion at another frame rate; None leaves it as it is."""
    if fps is None or fps == motion.fps:
        return motion
    return replace(stretched(motion, float(motion.fps / fps)), fps=fps)
