"""Motion capture file -> BodyMotion of the model's mean body, which stands on the ground and faces the camera."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import ANKLES, HIPS, JOINTS
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.files.reading import reading
from motion_transfer.geometry.contacts import detect_contacts
from motion_transfer.geometry.ground import height_correction_m
from motion_transfer.motion_files.bvh import BvhClip, read_bvh
from motion_transfer.motion_files.joint_names import name_joints
from motion_transfer.motion_files.joint_rotations import Track, solve_rotations

MAX_FPS = Fraction(30)  # files of more frames a second are resampled to this rate unless another is given
MOST_FRAMES = 2_000_000
GROUND_SMOOTHING_S = 0.3  # of the body's height
Positions = dict[str, Float[np.ndarray, "frame 3"]]


def import_bvh(path: Path, model: BodyModel, *, fps: Fraction | None) -> BodyMotion:
    """BVH file -> motion of the model's mean body.

    The path is scaled by leg length; it starts over the world's origin and faces the camera in the first frame. A first
    frame in a calibration pose is left out.

    Args:
        fps: frames a second of the motion; None takes the file's rate, at most 30.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed, or lacks a joint that is needed; or fps is not positive.
    """
    if fps is not None and fps <= 0:
        raise ValueError(f"expected a positive frame rate, got {fps}; give one such as 30, or none for the file's rate")
    with reading("a motion file of a person", path, remedy="export it again"):
        return _imported(read_bvh(path), path, model, fps)


def check_bvh(path: Path) -> None:
    """Fail now rather than after hours of work if a motion file cannot be read, or lacks a joint.

    Raises:
        FileNotFoundError, ValueError: as `import_bvh`.
    """
    name_joints(read_bvh(path), path)


def _imported(clip: BvhClip, path: Path, model: BodyModel, fps: Fraction | None) -> BodyMotion:
    named = without_calibration_pose(name_joints(clip, path))
    file_fps = Fraction(1 / clip.seconds_per_frame).limit_denominator(1001)
    rate = fps if fps is not None else min(file_fps, MAX_FPS)
    count = int((len(named["pelvis"]) - 1) / float(file_fps) * float(rate) + 1e-6) + 1
    if count > MOST_FRAMES:
        raise ValueError(f"expected at most {MOST_FRAMES} frames at {float(rate):g} frames/s, got {count}")
    times_s = np.arange(count) / float(rate)
    tracks = {name: _resampled(track, times_s * float(file_fps)) for name, track in named.items()}

    shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
    body = shape_body(model, shape)
    tracks = _scaled(align_axes(tracks), body)
    seeds = detect_contacts(torch.stack([tracks["left_ankle"], tracks["right_ankle"]], 1), rate)
    slope = standing_foot_slope_rad(tracks, seeds)
    rotations = solve_rotations(tracks, body.rest_joints_m, float(rate), foot_slope_rad=slope)
    hips_rest = body.rest_joints_m[HIPS].mean(0) - body.rest_joints_m[0]
    root = (tracks["left_hip"] + tracks["right_hip"]) / 2 - rotations[:, 0] @ hips_rest
    root = root - root[:1] * root.new_tensor([1.0, 0.0, 1.0])
    posed = body.posed(BodyPose(parent_from_joint=rotations, root_position_m=root))
    lowest = lowest_sole_m(body, posed.world_from_rest)
    up = height_correction_m(lowest, seeds, rate, smoothing_s=GROUND_SMOOTHING_S)
    root = root + torch.stack([torch.zeros_like(up), up, torch.zeros_like(up)], -1)
    pose = BodyPose(parent_from_joint=rotations, root_position_m=root)
    return BodyMotion(
        shape=shape,
        pose=pose,
        fps=rate,
        confidence=torch.ones(len(root)),
        foot_contacts=detect_contacts(body.posed(pose).joints_m[:, ANKLES], rate, seeds=seeds),
    )


def without_calibration_pose(named: Positions) -> dict[str, Float[np.ndarray, "kept 3"]]:
    """Leave out a first frame that the body jumps from: many files begin with one frame of T-pose elsewhere."""
    about_pelvis = np.stack(list(named.values()), 1) - named["pelvis"][:, None]
    steps = np.linalg.norm(np.diff(about_pelvis[:8], axis=0), axis=-1).mean(-1)
    size = np.linalg.norm(about_pelvis[0], axis=-1).max()
    if len(steps) < 3 or steps[0] <= 0.05 * size or steps[0] <= 5 * steps[1:].max():
        return named
    return {name: track[1:] for name, track in named.items()}


def align_axes(tracks: dict[str, Track]) -> dict[str, Track]:
    """Turn the file's axes so that y is up and the body faces +z in the first frame.

    Up is the file's axis that the legs and the trunk point along on average, so that files with z up stand as well.
    """
    trunk = (tracks["neck"] - tracks["pelvis"]).mean(0)
    legs = (tracks["pelvis"] - (tracks["left_ankle"] + tracks["right_ankle"]) / 2).mean(0)
    upward = torch.nn.functional.normalize(trunk, dim=-1) + torch.nn.functional.normalize(legs, dim=-1)
    axis = int(upward.abs().argmax())
    up = torch.zeros(3)
    up[axis] = torch.sign(upward[axis])
    to_left = tracks["left_hip"][0] - tracks["right_hip"][0]
    forward = torch.nn.functional.normalize(torch.linalg.cross(to_left, up), dim=-1)
    world_from_file = torch.stack([torch.linalg.cross(up, forward), up, forward])
    return {name: track @ world_from_file.T for name, track in tracks.items()}


def standing_foot_slope_rad(tracks: dict[str, Track], contacts: Tensor) -> float:
    """The angle by which the line from ankle to toes rises (usually it falls) while feet stand: a flat foot's slope."""
    slopes = []
    for foot, side in enumerate(("left", "right")):
        line = tracks[f"{side}_toe"] - tracks[f"{side}_ankle"]
        standing = contacts[:, foot] if bool(contacts[:, foot].any()) else torch.ones(len(line), dtype=torch.bool)
        slopes.append(torch.atan2(line[:, 1], line[:, [0, 2]].norm(dim=-1))[standing])
    return float(torch.cat(slopes).median())


def _scaled(tracks: dict[str, Track], body: ShapedBody) -> dict[str, Track]:
    """The file's length unit -> metres of the body, by the length of the legs."""
    measured = 0.0
    for side in ("left", "right"):
        hip, knee, ankle = (tracks[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
        measured += float(((hip - knee).norm(dim=-1) + (knee - ankle).norm(dim=-1)).median()) / 2
    if not measured > 0:
        raise ValueError("expected legs of some length, got none")
    return {name: track * (body.leg_length_m / measured) for name, track in tracks.items()}


def _resampled(track: Float[np.ndarray, "frame 3"], at_frames: Float[np.ndarray, "time"]) -> Float[Tensor, "time 3"]:
    """Linear interpolation at fractional frame indices."""
    frames = np.arange(len(track))
    return torch.from_numpy(np.stack([np.interp(at_frames, frames, axis) for axis in track.T], 1)).float()
