"""Motions in ASF/AMC, as markers and as nodes of a scene: one person who holds up the left hand."""

import json
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from skeleton_files import write_person
from test_dialects import assert_waves_left, joints_of

from motion_transfer.body.model import BodyModel
from motion_transfer.motion_files.body_import import find_person
from motion_transfer.motion_files.bvh import read_bvh
from motion_transfer.motion_files.motion_reader import MotionReader

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_only_the_frames_that_the_rate_needs_are_computed(tmp_path: Path) -> None:
    clip = read_bvh(write_person(tmp_path / "a.bvh", frames=400))
    asked: list[int] = []

    def frames(chosen: np.ndarray) -> Any:
        asked.append(len(chosen))
        return clip.skeleton(chosen)

    find_person(frames, len(clip), fps=Fraction(3), up="auto", mapping={})
    assert max(asked) <= 80
