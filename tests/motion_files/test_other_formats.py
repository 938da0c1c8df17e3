"""Motions in SMPL's parameters, in ASF/AMC, as markers and as nodes: one person who holds up the left hand."""

import io
import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import roma
import torch
from scipy.spatial.transform import Rotation
from skeleton_files import write_person
from test_dialects import assert_waves_left, joints_of

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint
from motion_transfer.motion_files.body_import import find_person
from motion_transfer.motion_files.bvh import read_bvh
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


ASF = """# a skeleton
:version 1.10
:name person
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
{bones}
:hierarchy
  begin
    root lowerback lfemur_ rfemur_
    lowerback lowerneck lclavicle rclavicle
    lowerneck head
{limbs}
  end
"""


def write_asf(path: Path) -> None:
    bones: list[tuple[str, tuple[float, float, float], float, str]] = [
        ("lowerback", (0, 1, 0), 8.0, "rx ry rz"),
        ("lowerneck", (0, 1, 0), 2.0, ""),
        ("head", (0, 1, 0), 3.0, ""),
    ]
    for side, x in (("l", 1.0), ("r", -1.0)):
        bones += [
            (f"{side}femur_", (x, -0.5, 0), 1.8, ""),  # leads to the hip
            (f"{side}femur", (0, -1, 0), 7.2, "rx ry rz"),
            (f"{side}tibia", (0, -1, 0), 7.0, "rx"),
            (f"{side}foot", (0, -0.4, 1), 2.3, "rx rz"),
            (f"{side}toes", (0, 0, 1), 1.0, ""),
            (f"{side}clavicle", (x, 0, 0), 3.0, ""),
            (f"{side}humerus", (x, 0, 0), 5.0, "rx ry rz"),
            (f"{side}radius", (x, 0, 0), 4.5, ""),
            (f"{side}wrist", (x, 0, 0), 1.5, ""),
        ]
    text, limbs = [], []
    for number, (name, direction, length, dof) in enumerate(bones):
        unit = np.array(direction) / np.linalg.norm(direction)
        lines = [f"begin\n id {number}\n name {name}", f" direction {unit[0]:.6f} {unit[1]:.6f} {unit[2]:.6f}"]
        lines += [f" length {length}", " axis 20 -30 40 XYZ", *([f" dof {dof}"] if dof else []), "end"]
        text.append("\n".join(lines))
    for side in "lr":
        limbs += [f"    {side}femur_ {side}femur", f"    {side}femur {side}tibia", f"    {side}tibia {side}foot"]
        limbs += [f"    {side}foot {side}toes", f"    {side}clavicle {side}humerus"]
        limbs += [f"    {side}humerus {side}radius", f"    {side}radius {side}wrist"]
    path.write_text(ASF.format(bones="\n".join(text), limbs="\n".join(limbs)))


def in_bone_axes(turn: Rotation) -> np.ndarray:
    """The angles, about its own axes in the file's order, that turn a bone in the world."""
    axes = Rotation.from_euler("xyz", [20, -30, 40], degrees=True)  # about fixed axes
    return (axes.inv() * turn * axes).as_euler("xyz", degrees=True)


def write_amc(path: Path, frames: int = 8) -> None:
    still = "0 0 0"
    left = " ".join(f"{angle:.5f}" for angle in in_bone_axes(Rotation.from_euler("z", 75, degrees=True)))
    right = " ".join(f"{angle:.5f}" for angle in in_bone_axes(Rotation.from_euler("z", 70, degrees=True)))
    lines = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    for frame in range(1, frames + 1):
        lines += [str(frame), f"root 1 17 {frame / 10} 0 0 0", f"lowerback {still}"]
        for side, arm in (("l", left), ("r", right)):
            lines += [f"{side}femur {still}", f"{side}tibia 0", f"{side}foot 0 0", f"{side}humerus {arm}"]
    path.write_text("\n".join(lines))


def test_acclaims_two_files_are_read(tmp_path: Path, tiny_body: BodyModel) -> None:
    write_asf(tmp_path / "01.asf")
    write_amc(tmp_path / "01_05.amc")
    assert_waves_left(joints_of(tmp_path / "01_05.amc", tiny_body)[0])


def test_a_motion_without_its_skeleton_is_told(tmp_path: Path) -> None:
    write_amc(tmp_path / "01_05.amc")
    with pytest.raises(FileNotFoundError, match=r"expected the skeleton of 01_05\.amc beside it"):
        MotionReader().open(tmp_path / "01_05.amc")


TRC_NAMES = {
    "LeftUpLeg": "LHip", "LeftLeg": "LKnee", "LeftFoot": "LAnkle", "LeftToeBase": "LBigToe",
    "LeftArm": "LShoulder", "LeftForeArm": "LElbow", "LeftHand": "LWrist",
}  # fmt: skip


def write_trc(path: Path, tmp_path: Path, *, gap: bool = False) -> None:
    clip = read_bvh(write_person(tmp_path / "person.bvh", root_m=(0.0, 0.93, 0.0)))
    names = {**TRC_NAMES, **{k.replace("Left", "Right"): "R" + v[1:] for k, v in TRC_NAMES.items()}}
    names |= {"Neck": "Neck", "Head": "Head"}
    columns = [clip.positions[:, clip.names.index(joint)] * 10 for joint in names]
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"30\t30\t{len(clip)}\t{len(names)}\tmm\t30\t1\t{len(clip)}",
        "Frame#\tTime\t" + "\t\t\t".join(names.values()) + "\t\t",
        "\t\t" + "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, len(names) + 1)),
        "",
    ]
    for frame in range(len(clip)):
        cells = [f"{value:.5f}" for column in columns for value in column[frame]]
        if gap and frame == 3:
            cells[:3] = ["", "", ""]
        head.append("\t".join([str(frame + 1), f"{frame / 30:.5f}", *cells]))
    path.write_text("\n".join(head))


@pytest.mark.parametrize("gap", [False, True])
def test_markers_are_read_and_their_gaps_filled(gap: bool, tmp_path: Path, tiny_body: BodyModel) -> None:
    write_trc(tmp_path / "a.trc", tmp_path, gap=gap)
    assert_waves_left(joints_of(tmp_path / "a.trc", tiny_body)[3])
    assert any("Gaps of 1 markers" in note for note in MotionReader().open(tmp_path / "a.trc").notes) == gap


def test_markers_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    write_trc(tmp_path / "a.trc", tmp_path)
    text = (tmp_path / "a.trc").read_text().replace("LKnee", "Thing").replace("RElbow", "Thong")
    (tmp_path / "a.trc").write_text(text)
    with pytest.raises(ValueError, match="expected markers of the joints left knee, right elbow"):
        MotionReader().open(tmp_path / "a.trc")


def write_glb(path: Path, tmp_path: Path) -> None:
    """The nodes of the person, whose hips are turned over 8 frames, under a node that scales centimetres to metres."""
    clip = read_bvh(write_person(tmp_path / "person.bvh"))
    posed = clip.skeleton(np.arange(1))
    nodes: list[dict[str, Any]] = [{"name": "Armature", "children": [1], "scale": [0.01, 0.01, 0.01]}]
    for index, (name, parent) in enumerate(zip(clip.names, clip.parents, strict=True)):
        above = posed.rotations[0, parent] if parent >= 0 else np.eye(3)  # type: ignore[index]
        local = Rotation.from_matrix(above.T @ posed.rotations[0, index])  # type: ignore[index]
        place = clip.offsets[index] if parent >= 0 else posed.positions[0, 0]
        children = [child + 1 for child, one in enumerate(clip.parents) if one == index]
        node = {"name": name, "translation": place.tolist(), "rotation": local.as_quat().tolist()}
        nodes.append(node | ({"children": children} if children else {}))
    times = np.arange(8, dtype=np.float32) / 24
    turns = Rotation.from_euler("y", np.arange(8)[:, None] * 5.0, degrees=True).as_quat().astype(np.float32)
    binary = times.tobytes() + turns.tobytes()
    described = {
        "asset": {"version": "2.0"},
        "nodes": nodes,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "SCALAR"},
            {"bufferView": 1, "componentType": 5126, "count": 8, "type": "VEC4"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(times.tobytes())},
            {"buffer": 0, "byteOffset": len(times.tobytes()), "byteLength": len(turns.tobytes())},
        ],
        "buffers": [{"byteLength": len(binary)}],
        "animations": [
            {
                "samplers": [{"input": 0, "output": 1}],
                "channels": [{"sampler": 0, "target": {"node": 1, "path": "rotation"}}],
            }
        ],
    }
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 4)
    total = 28 + len(text) + len(binary)
    head = struct.pack("<4sIIII", b"glTF", 2, total, len(text), 0x4E4F534A)
    path.write_bytes(head + text + struct.pack("<II", len(binary), 0x004E4942) + binary)


def test_nodes_of_any_glb_are_read(tmp_path: Path, tiny_body: BodyModel) -> None:
    write_glb(tmp_path / "a.glb", tmp_path)
    motion = MotionReader().open(tmp_path / "a.glb").on_body(tiny_body)
    assert motion.fps == 24
    assert len(motion) == 8
    turned = motion.pose.parent_from_joint[-1, 0] @ motion.pose.parent_from_joint[0, 0].T
    assert torch.rad2deg(torch.atan2(turned[0, 2], turned[2, 2])) == pytest.approx(35, abs=0.5)
    assert_waves_left(joints_of(tmp_path / "a.glb", tiny_body)[0])


def test_only_the_frames_that_the_rate_needs_are_computed(tmp_path: Path) -> None:
    clip = read_bvh(write_person(tmp_path / "a.bvh", frames=400))
    asked: list[int] = []

    def frames(chosen: np.ndarray) -> Any:
        asked.append(len(chosen))
        return clip.skeleton(chosen)

    find_person(frames, len(clip), fps=Fraction(3), up="auto", mapping={})
    assert max(asked) <= 80
