"""Files of SMPL parameters: AMASS and SMPL-X .npz, .pkl of 4D-Humans (PHALP), WHAM and AIST++, .pt of GVHMR."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import roma
import torch
from jaxtyping import Bool, Float

from motion_transfer.files.npz import read_npz
from motion_transfer.files.plain_pickle import numbers_of, read_pickle
from motion_transfer.motion_files.own_motion import OWN, OwnMotion, read_own
from motion_transfer.motion_files.smpl_parameters import SmplParameters, smpl_parameters

RATES = ("mocap_framerate", "mocap_frame_rate", "fps", "framerate", "frame_rate")
ROOTS, BODIES = ("root_orient", "global_orient", "smpl_root"), ("pose_body", "body_pose")
POSES, PATHS = ("poses", "smpl_poses", "pose_world", "pose"), ("trans", "transl", "smpl_trans", "trans_world")
BODY_JOINTS = 22  # that SMPL, SMPL-H and SMPL-X share
USUAL_FPS, MOST_FPS = Fraction(30), 1000
MOST_BYTES = 1 << 29
AIST_FPS = Fraction(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrays:
    """What a file holds: axis angles of the joints, translation, frames that show the person, rate and up axis."""

    angles: Float[np.ndarray, "frame joint 3"]
    path_m: Float[np.ndarray, "frame 3"]
    seen: Bool[np.ndarray, "frame"]
    fps: Fraction | None
    up: str | None
    notes: tuple[str, ...] = ()


def read_smpl_motion(path: Path, *, fps: Fraction | None, up: str) -> SmplParameters | OwnMotion:
    """A file of SMPL parameters -> its motion.

    Raises:
        ValueError: it holds none, or is damaged.
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        arrays = read_npz(path, compressed=True)
        if OWN in arrays:
            return read_own(arrays, fps)
        found = _of_table(arrays)
    elif suffix == ".pt":
        found = _of_gvhmr(torch.load(path, map_location="cpu", weights_only=True))
    else:
        found = _of_pickle(read_pickle(path))
    if found is None:
        raise ValueError("expected SMPL parameters, such as poses and trans, found none")
    rate, notes = found.fps, found.notes
    if rate is None:
        rate = USUAL_FPS
        notes += (f"It names no frame rate: {USUAL_FPS} frames a second were taken.",)
    return smpl_parameters(
        found.angles, found.path_m, found.seen, file_fps=rate, fps=fps, stated=found.up, asked=up, notes=notes
    )


def _of_table(table: Mapping[str, Any]) -> _Arrays | None:
    """Arrays by name, as in .npz files of AMASS, SMPL-X and others."""
    angles = _angles(table)
    if angles is None:
        return None
    path = next((found for name in PATHS if (found := _numbers(table.get(name))) is not None), None)
    notes: tuple[str, ...] = ()
    if path is None:
        path, notes = np.zeros((len(angles), 3)), ("It holds no path: the body stays where it is.",)
    path = path.reshape(-1, 3)
    if len(path) != len(angles):
        raise ValueError(f"expected a place for each of {len(angles)} poses, got {len(path)}")
    scaling = _numbers(table.get("smpl_scaling"))
    if scaling is not None and scaling.size == 1 and float(scaling.ravel()[0]) > 0:
        path = path / float(scaling.ravel()[0])
    rates = [found for name in RATES if (found := _rate(table.get(name))) is not None]
    rate = rates[0] if rates else None
    if rate is None and "smpl_poses" in table:
        rate = AIST_FPS
    amass = "poses" in table or "root_orient" in table
    seen = np.ones(len(angles), bool)
    return _Arrays(angles=angles, path_m=path, seen=seen, fps=rate, up="z" if amass else None, notes=notes)


def _angles(table: Mapping[str, Any]) -> Float[np.ndarray, "frame joint 3"] | None:
    root = next((found for name in ROOTS if (found := _numbers(table.get(name))) is not None), None)
    body = next((found for name in BODIES if (found := _numbers(table.get(name))) is not None), None)
    if root is not None and body is not None:
        root, body = _as_axis_angles(root), _as_axis_angles(body)
        return None if len(root) != len(body) else np.concatenate([root, body], 1)[:, :24]
    poses = next((found for name in POSES if (found := _numbers(table.get(name))) is not None), None)
    if poses is None or poses.size == 0:
        return None
    angles = _as_axis_angles(poses)
    joints = angles.shape[1]
    if joints < BODY_JOINTS:
        raise ValueError(f"expected poses of {BODY_JOINTS} joints or more, got {joints}")
    return angles if joints == 24 else angles[:, :BODY_JOINTS]


def _as_axis_angles(rotations: np.ndarray) -> Float[np.ndarray, "frame joint 3"]:
    """Rotation matrices or axis angles in any grouping -> axis angles of each joint."""
    if rotations.shape[-2:] == (3, 3) and rotations.ndim >= 3:
        matrices = torch.from_numpy(rotations.reshape(len(rotations), -1, 3, 3).astype(np.float64))
        if not (matrices.abs() <= 1.01).all():
            raise ValueError("expected rotation matrices, got other numbers")
        return roma.rotmat_to_rotvec(roma.special_procrustes(matrices)).numpy()
    return rotations.reshape(len(rotations), -1, 3).astype(np.float64)


def _of_gvhmr(content: Any) -> _Arrays | None:
    table = content.get("smpl_params_global") if isinstance(content, dict) else None
    if not isinstance(table, dict):
        return None if not isinstance(content, dict) else _of_table(content)
    found = _of_table(table)
    if found is None:
        return None
    return _Arrays(angles=found.angles, path_m=found.path_m, seen=found.seen, fps=None, up="y", notes=found.notes)


def _of_pickle(content: Any) -> _Arrays | None:
    if not isinstance(content, dict):
        return None
    table = {str(key): item for key, item in content.items()}
    people = [item for item in table.values() if isinstance(item, dict)]
    if any("smpl" in person and "tid" in person for person in people):
        return _of_phalp(people)
    whole = [person for person in people if {"pose", "pose_world"} & set(map(str, person))]
    if whole:
        return _of_wham(whole)
    return _of_table(table)


def _of_wham(people: list[dict[Any, Any]]) -> _Arrays | None:
    """The person of most frames, in the world where that was found, which has y up."""
    tables = [{str(key): item for key, item in person.items()} for person in people]
    table = max(tables, key=_poses_in)
    in_world = "pose_world" in table and "trans_world" in table
    found = _of_table(
        {
            "pose": table.get("pose_world" if in_world else "pose"),
            "trans": table.get("trans_world" if in_world else "trans"),
        }
    )
    if found is None:
        return None
    notes = found.notes
    if len(people) > 1:
        notes += (f"It holds {len(people)} people; the one of most frames was taken.",)
    up = "y" if in_world else "-y"
    return _Arrays(angles=found.angles, path_m=found.path_m, seen=found.seen, fps=None, up=up, notes=notes)


def _poses_in(table: Mapping[str, Any]) -> int:
    angles = _angles(table)
    return 0 if angles is None else len(angles)


def _of_phalp(frames: list[dict[Any, Any]]) -> _Arrays | None:
    """The person of most frames, in the camera's axes, which have y down. How far they stand is no measure of depth."""
    found: dict[int, dict[int, tuple[np.ndarray, np.ndarray]]] = {}
    for index, frame in enumerate(frames):
        people, places, names = (frame.get(name, []) for name in ("smpl", "camera", "tid"))
        for person, place, name in zip(people, places, names, strict=False):
            number, angles = numbers_of(name), _person(person)
            at = numbers_of(place)
            if number is not None and angles is not None and at is not None and at.size == 3:
                found.setdefault(int(number), {})[index] = (angles, at.reshape(3))
    if not found:
        return None
    track = max(found.values(), key=len)
    index = np.arange(min(track), max(track) + 1)
    nearest = [min(track, key=lambda known: abs(known - frame)) for frame in index]
    path = np.stack([track[frame][1] for frame in nearest]).astype(float)
    path[:, 2] = 0
    notes = ("It was measured from the camera, which shows no depth: the path leads only across the picture.",)
    if len(found) > 1:
        notes += (f"It holds {len(found)} people; the one of most frames was taken.",)
    seen = np.isin(index, list(track))
    angles = np.stack([track[frame][0] for frame in nearest])
    return _Arrays(angles=angles, path_m=path, seen=seen, fps=None, up="-y", notes=notes)


def _person(person: Any) -> Float[np.ndarray, "joint 3"] | None:
    if not isinstance(person, dict):
        return None
    root, body = (_numbers(person.get(name)) for name in ("global_orient", "body_pose"))
    if root is None or body is None:
        return None
    return np.concatenate([_as_axis_angles(one[None]) for one in (root, body)], 1)[0, :24]


def _numbers(item: Any) -> np.ndarray | None:
    if isinstance(item, torch.Tensor):
        item = item.detach().numpy()
    if isinstance(item, np.ndarray):
        return item if item.dtype.kind in "biuf" else None
    return numbers_of(item)


def _rate(item: Any) -> Fraction | None:
    found = _numbers(item)
    if found is None or found.size != 1:
        return None
    rate = float(found.ravel()[0])
    if not 0 < rate <= MOST_FPS:
        raise ValueError(f"expected a frame rate up to {MOST_FPS}, got {rate:g}")
    return Fraction(rate).limit_denominator(1001)
