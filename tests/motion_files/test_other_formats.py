"""Motions in SMPL's parameters, in ASF/AMC, as markers and as nodes: one person who holds up the left hand."""

import io
import os
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import roma
import torch
from scipy.spatial.transform import Rotation
from test_dialects import assert_waves_left, joints_of

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint
from motion_transfer.motion_files.motion_reader import MotionReader

FRAMES = 16
Z_FROM_Y = Rotation.from_euler("x", 90, degrees=True)
DOWN_FROM_UP = Rotation.from_euler("x", 180, degrees=True)


def waving(world: Rotation, joints: int) -> tuple[np.ndarray, np.ndarray]:
    """Axis angles of SMPL's joints and a path, in a world that is turned from y up and facing +z."""
    angles = np.zeros((FRAMES, joints, 3))
    angles[:, joint("left_shoulder"), 2] = np.radians(75)
    angles[:, joint("right_shoulder"), 2] = np.radians(70)
    angles[:, 0] = world.as_rotvec()
    path = np.stack([np.zeros(FRAMES), np.full(FRAMES, 1.2), np.linspace(0, 0.6, FRAMES)], 1)
    return angles, world.apply(path)


def amass(path: Path) -> None:
    angles, trans = waving(Z_FROM_Y, 52)
    np.savez(
        path, poses=angles.reshape(FRAMES, -1), trans=trans, betas=np.zeros(16), mocap_framerate=30.0, gender="male"
    )


def amass_of_smplx(path: Path) -> None:
    angles, trans = waving(Z_FROM_Y, 22)
    flat = angles.reshape(FRAMES, -1)
    np.savez(path, root_orient=flat[:, :3], pose_body=flat[:, 3:], trans=trans, mocap_frame_rate=30)


def smplx(path: Path) -> None:
    angles, trans = waving(Rotation.identity(), 22)
    flat = angles.reshape(FRAMES, -1)
    np.savez(path, global_orient=flat[:, :3], body_pose=flat[:, 3:], transl=trans, fps=np.array(30))


def gvhmr(path: Path) -> None:
    angles, trans = waving(Rotation.identity(), 22)
    flat = torch.from_numpy(angles.reshape(FRAMES, -1)).float()
    table = {"global_orient": flat[:, :3], "body_pose": flat[:, 3:], "transl": torch.from_numpy(trans).float()}
    torch.save({"smpl_params_global": table | {"betas": torch.zeros(FRAMES, 10)}, "smpl_params_incam": table}, path)


def aist(path: Path) -> None:
    angles, trans = waving(Rotation.identity(), 24)
    content = {"smpl_poses": angles.reshape(FRAMES, -1), "smpl_trans": trans * 90, "smpl_scaling": np.array([90.0])}
    path.write_bytes(pickle.dumps(content))


def wham(path: Path) -> None:
    camera, in_camera = waving(DOWN_FROM_UP, 24)
    angles, trans = waving(Rotation.identity(), 24)
    person = {
        "pose": camera.reshape(FRAMES, -1).astype(np.float32),
        "trans": in_camera.astype(np.float32),
        "pose_world": angles.reshape(FRAMES, -1).astype(np.float32),
        "trans_world": trans.astype(np.float32),
        "betas": np.zeros((FRAMES, 10), np.float32),
        "frame_ids": np.arange(FRAMES),
    }
    short = {name: array[:3] for name, array in person.items()}
    path.write_bytes(as_joblib({0: short, 1: person}))


def phalp(path: Path) -> None:
    angles, trans = waving(DOWN_FROM_UP, 24)
    matrices = roma.rotvec_to_rotmat(torch.from_numpy(angles)).numpy().astype(np.float32)
    content = {}
    for frame in range(FRAMES):
        person = {"global_orient": matrices[frame, :1], "body_pose": matrices[frame, 1:], "betas": np.zeros(10)}
        place = (trans[frame] + [0, 0, 20]).astype(np.float32)
        here = [person] if frame != 5 else []
        content[f"demo/{frame:06d}.jpg"] = {
            "smpl": here,
            "camera": [place] * len(here),
            "tid": [7] * len(here),
            "time": frame,
        }
    path.write_bytes(zlib.compress(as_joblib(content)))


class JoblibPickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes arrays as joblib 1.x does: a description, a byte that counts padding, the padding, and the bytes."""

    def save(self, item: Any, save_persistent_id: bool = True) -> None:
        if type(item) is not np.ndarray:
            super().save(item, save_persistent_id)
            return
        super().save(NumpyArrayWrapper(item))
        if self.proto >= 4:
            self.framer.commit_frame(force=True)
        padding = 16 - (self.stream.tell() + 1) % 16
        self.stream.write(bytes([padding]) + b"\xff" * padding + item.tobytes())


class NumpyArrayWrapper:
    def __init__(self, array: np.ndarray) -> None:
        self.subclass, self.shape, self.order, self.dtype = np.ndarray, array.shape, "C", array.dtype
        self.allow_mmap, self.numpy_array_alignment_bytes = True, 16


NumpyArrayWrapper.__module__ = "joblib.numpy_pickle"


def as_joblib(content: Any) -> bytes:
    stream = io.BytesIO()
    pickler = JoblibPickler(stream, protocol=4)
    pickler.stream = stream
    pickler.save_global = lambda item, name=None: named(pickler, item, name)  # no joblib is at hand to be imported
    pickler.dump(content)
    return stream.getvalue()


def named(pickler: Any, item: Any, name: str | None) -> None:
    if item is NumpyArrayWrapper:
        pickler.write(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n")
        pickler.memoize(item)
    else:
        pickle._Pickler.save_global(pickler, item, name)  # type: ignore[attr-defined]


FORMATS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "AMASS": (".npz", amass),
    "AMASS of SMPL-X": (".npz", amass_of_smplx),
    "SMPL-X": (".npz", smplx),
    "GVHMR": (".pt", gvhmr),
    "AIST++": (".pkl", aist),
    "WHAM": (".pkl", wham),
    "4D-Humans": (".pkl", phalp),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_parameters_of_smpl_are_read(kind: str, tmp_path: Path, tiny_body: BodyModel) -> None:
    suffix, write = FORMATS[kind]
    write(tmp_path / f"a{suffix}")
    joints = joints_of(tmp_path / f"a{suffix}", tiny_body)
    assert_waves_left(joints[0])
    way = joints[-1, joint("pelvis")] - joints[0, joint("pelvis")]
    if kind != "4D-Humans":  # whose depth is none
        assert way[2] > 0.5
    assert abs(float(way[0])) < 0.02


def test_frames_without_the_person_are_known_as_such(tmp_path: Path, tiny_body: BodyModel) -> None:
    phalp(tmp_path / "a.pkl")
    motion = MotionReader().open(tmp_path / "a.pkl").on_body(tiny_body)
    assert [int(frame) for frame in (~motion.seen).nonzero()] == [5]


class Command:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.canary}",)


def saved(content: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".pkl", lambda evil: pickle.dumps({"smpl_poses": evil})),
        (".pkl", lambda evil: zlib.compress(pickle.dumps([evil]))),
        (".pkl", lambda evil: pickle.dumps({"smpl_poses": np.array([evil], object)})),
        (".pkl", lambda evil: b"cbuiltins\neval\n(S'1'\ntR."),
        (".pkl", lambda evil: b"\x80\x04\x8c\x06chumpy\x8c\x09os.system\x93."),
        (".pt", lambda evil: saved({"smpl_params_global": evil})),
        (".pt", lambda evil: pickle.dumps(evil)),
    ],
)
def test_no_code_of_a_file_is_run(suffix: str, content: Callable[[Any], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content(Command(tmp_path / "canary")))
    with pytest.raises(ValueError, match="expected"):
        MotionReader().open(path)
    assert not (tmp_path / "canary").exists()
