"""One person who holds up the left hand, written as many tools write it, reads to the same person."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import Float
from scipy.spatial.transform import Rotation
from skeleton_files import PERSON, Z_UP, write_person
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.motion_files.motion_reader import MotionReader

COMMON = {"Spine": "spine_01", "Spine1": "spine_02", "Neck": "neck_01", "Head": "head", "Hips": "pelvis"}
PARTS = ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")


def sided(middle: dict[str, str], parts: str, pattern: str = "{side}{part}", sides: str = "Left Right") -> Callable:
    words = dict(zip(PARTS, parts.split(), strict=True))
    left, right = sides.split()

    def named(name: str) -> str:
        if not name.startswith(("Left", "Right")):
            return middle.get(name, name)
        side = left if name.startswith("Left") else right
        return pattern.format(side=side, part=words[re.sub("^(Left|Right)", "", name)])

    return named


def prefixed(prefix: str, suffix: str = "") -> Callable[[str], str]:
    return lambda name: f"{prefix}{name}{suffix}"


AUTO = MotionReader()


def number_of(name: str) -> int:
    return list(PERSON).index(name.replace("Right", "Left")) + 20 * name.startswith("Right")


TOOLS: dict[str, Callable[[str], str]] = {
    "Mixamo": str,
    "Mixamo with its prefix": prefixed("mixamorig:"),
    "Mixamo imported twice": prefixed("mixamorig1_"),
    "Mixamo of Maya": prefixed("Model|mixamorig:"),
    "MotionBuilder": prefixed("Character1_"),
    "DeepMotion": sided(
        {"Hips": "hips_JNT", "Spine": "spine_JNT", "Spine1": "spine1_JNT", "Neck": "neck_JNT", "Head": "head_JNT"},
        "shoulder arm forearm hand upleg leg foot toebase",
        "{side}_{part}_JNT",
        "l r",
    ),
    "Unreal": sided(COMMON, "clavicle upperarm lowerarm hand thigh calf foot ball", "{part}_{side}", "l r"),
    "VRoid": sided(
        {
            "Hips": "J_Bip_C_Hips",
            "Spine": "J_Bip_C_Spine",
            "Spine1": "J_Bip_C_Chest",
            "Neck": "J_Bip_C_Neck",
            "Head": "J_Bip_C_Head",
        },
        "Shoulder UpperArm LowerArm Hand UpperLeg LowerLeg Foot ToeBase",
        "J_Bip_{side}_{part}",
        "L R",
    ),
    "3ds Max with blanks": sided(
        {
            "Hips": "Bip01 Pelvis",
            "Spine": "Bip01 Spine",
            "Spine1": "Bip01 Spine1",
            "Neck": "Bip01 Neck",
            "Head": "Bip01 Head",
        },
        "Clavicle UpperArm Forearm Hand Thigh Calf Foot Toe0",
        "Bip01 {side} {part}",
        "L R",
    ),
    "Rigify": sided(
        {
            "Hips": "DEF-spine",
            "Spine": "DEF-spine.001",
            "Spine1": "DEF-spine.002",
            "Neck": "DEF-neck",
            "Head": "DEF-head",
        },
        "shoulder upper_arm forearm hand thigh shin foot toe",
        "DEF-{part}.{side}",
        "L R",
    ),
    "Daz": sided(
        {"Hips": "hip", "Spine": "abdomen", "Spine1": "chest", "Neck": "neck", "Head": "head"},
        "Collar Shldr ForeArm Hand Thigh Shin Foot Toe",
        "{side}{part}",
        "l r",
    ),
    "OptiTrack": sided(
        {"Hips": "Hip", "Spine": "Ab", "Spine1": "Chest"},
        "Shoulder UArm FArm Hand Thigh Shin Foot Toe",
        "{side}{part}",
        "L R",
    ),
    "Xsens": sided({"Spine": "Chest", "Spine1": "Chest2"}, "Collar Shoulder Elbow Wrist Hip Knee Ankle Toe"),
    "Biovision": sided({}, "Collar UpArm LowArm Hand UpLeg LowLeg Foot Toe"),
    "Bandai-Namco": sided({}, "Shoulder UpperArm LowerArm Hand UpperLeg LowerLeg Foot Toes", "{part}_{side}", "L R"),
    "MakeHuman": sided({}, "Clavicle UpArm LoArm Hand UpLeg LoLeg Foot Toe", "{part}_{side}", "L R"),
    "SMPL": sided(
        {"Hips": "Pelvis", "Spine": "Spine1", "Spine1": "Spine2"},
        "Collar Shoulder Elbow Wrist Hip Knee Ankle Foot",
        "{side}_{part}",
        "L R",
    ),
    "SMPL in words": sided(
        {"Hips": "pelvis"}, "collar shoulder elbow wrist hip knee ankle foot", "{side}_{part}", "left right"
    ),
    "ASF": sided(
        {"Hips": "root", "Spine": "lowerback", "Spine1": "thorax", "Neck": "lowerneck", "Head": "head"},
        "clavicle humerus radius wrist femur tibia foot toes",
        "{side}{part}",
        "l r",
    ),
    "pybvh": sided({}, "Collar Shoulder Elbow Wrist Hip Knee Foot ForeFoot"),
    "numbers alone": lambda name: f"Bone{number_of(name):03d}",
}


def joints_of(path: Path, model: BodyModel, reader: MotionReader = AUTO) -> Float[Tensor, "frame joint 3"]:
    motion = reader.open(path).on_body(model)
    determinants = torch.linalg.det(motion.pose.parent_from_joint)
    assert torch.allclose(determinants, torch.ones_like(determinants), atol=1e-4)
    return shape_body(model, motion.shape).posed(motion.pose).joints_m


def assert_waves_left(joints: Float[Tensor, "joint 3"]) -> None:
    """Upright, facing the camera, the left hand above the head and the right one below the shoulder."""
    at = {name: joints[joint(name)] for name in ("head", "left_wrist", "right_wrist", "left_hip", "right_hip")}
    assert at["head"][1] > 1.4
    assert at["left_wrist"][1] > at["head"][1]
    assert at["right_wrist"][1] < at["head"][1] - 0.3
    assert at["left_hip"][0] > at["right_hip"][0] + 0.1
    assert joints[:, 1].min() > 0
    front = joints[joint("left_foot")] - joints[joint("left_ankle")]
    assert front[2] > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_names_of_every_tool_are_understood(tool: str, tmp_path: Path, tiny_body: BodyModel) -> None:
    assert_waves_left(joints_of(write_person(tmp_path / "a.bvh", named=TOOLS[tool]), tiny_body)[0])


def test_joints_of_unknown_names_are_told(tmp_path: Path) -> None:
    opened = MotionReader().open(write_person(tmp_path / "a.bvh", named=TOOLS["numbers alone"]))
    guess = next(note for note in opened.notes if "shape of the skeleton" in note)
    assert "left knee: Bone010" in guess
    assert "mapping=FILE" in guess


@pytest.mark.slow
@pytest.mark.parametrize("order", ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
@pytest.mark.parametrize("positions", [False, True])
def test_any_order_of_channels_reads_the_same(
    order: str, positions: bool, tmp_path: Path, tiny_body: BodyModel
) -> None:
    path = write_person(tmp_path / "a.bvh", order=order, positions=positions)
    usual = joints_of(write_person(tmp_path / "b.bvh"), tiny_body)
    assert torch.allclose(joints_of(path, tiny_body), usual, atol=1e-4)


def as_bytes(change: Callable[[str], str], encoding: str = "utf-8") -> Callable[[str], bytes]:
    return lambda text: change(text).encode(encoding)


def in_science(text: str) -> str:
    head, mark, rows = text.partition("Frame Time: 0.0333333\n")
    return head + mark + re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.9e}", rows)


def one_line(text: str) -> str:
    return " ".join(text.split())


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "tabs": as_bytes(lambda text: text.replace(" ", "\t").replace("End\tSite", "End Site")),
    "Windows": as_bytes(lambda text: text.replace("\n", "\r\n")),
    "old Mac": as_bytes(lambda text: text.replace("\n", "\r")),
    "byte-order mark": as_bytes(str, "utf-8-sig"),
    "UTF-16": as_bytes(str, "utf-16"),
    "comments": as_bytes(lambda text: "# of a tool\n" + text.replace("MOTION", "// now\nMOTION")),
    "scientific": as_bytes(in_science),
    "decimal commas": as_bytes(lambda text: text.replace(".", ",")),
    "no blank": as_bytes(lambda text: text.replace("Frames: ", "Frames:").replace("Time: ", "Time:")),
    "small letters": as_bytes(lambda text: text.replace("HIERARCHY", "Hierarchy").replace("MOTION", "Motion")),
    "one line": as_bytes(one_line),
    "blank lines": as_bytes(lambda text: text.replace("\n", "\n\n")),
    "braces behind names": as_bytes(lambda text: text.replace("\n{", " {")),
}


@pytest.mark.slow
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_any_spelling_reads_the_same(spelling: str, tmp_path: Path, tiny_body: BodyModel) -> None:
    plain = write_person(tmp_path / "a.bvh")
    odd = tmp_path / "b.bvh"
    odd.write_bytes(SPELLINGS[spelling](plain.read_text()))
    assert torch.allclose(joints_of(odd, tiny_body), joints_of(plain, tiny_body), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("announced", [4, 40])
def test_the_frames_that_are_there_are_used_and_a_wrong_number_is_told(
    announced: int, tmp_path: Path, tiny_body: BodyModel
) -> None:
    path = write_person(tmp_path / "a.bvh", frames=12)
    path.write_text(path.read_text().replace("Frames: 12", f"Frames: {announced}"))
    assert len(joints_of(path, tiny_body)) == 12
    assert f"announces {announced} frames and holds 12" in " ".join(MotionReader().open(path).notes)


def about(axis: str, degrees: float) -> np.ndarray:
    return Rotation.from_euler(axis, degrees, degrees=True).as_matrix()


@pytest.mark.slow
@pytest.mark.parametrize("heading", [0, 45, 90, 180, 270])
@pytest.mark.parametrize("up", ["y", "z"])
def test_whatever_axis_is_up_and_wherever_it_faces_the_person_stands_and_faces_the_camera(
    up: str, heading: float, tmp_path: Path, tiny_body: BodyModel
) -> None:
    turn = Z_UP if up == "z" else np.eye(3)
    path = write_person(tmp_path / "a.bvh", world=turn, rest=turn, tilt=about("y", heading))
    assert_waves_left(joints_of(path, tiny_body)[0])


@pytest.mark.slow
@pytest.mark.parametrize("step_cm", [(0.0, 0.0, 0.0), (0.0, 0.0, 8.0)])
def test_a_world_with_z_up_is_found_under_a_skeleton_with_y_up(
    step_cm: tuple[float, float, float], tmp_path: Path, tiny_body: BodyModel
) -> None:
    path = write_person(tmp_path / "a.bvh", world=Z_UP, step_cm=step_cm, frames=24)
    assert_waves_left(joints_of(path, tiny_body)[0])
    assert any("keeps a floor along it" in note for note in MotionReader().open(path).notes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "said"), [(1.0, "centimetres"), (0.01, "metres"), (1 / 2.54, "inches"), (10.0, "millimetres")]
)
def test_the_unit_is_found_and_told(scale: float, said: str, tmp_path: Path, tiny_body: BodyModel) -> None:
    path = write_person(tmp_path / "a.bvh", scale=scale)
    assert torch.allclose(joints_of(path, tiny_body), joints_of(write_person(tmp_path / "b.bvh"), tiny_body), atol=1e-3)
    assert any(f"taken for {said}," in note for note in MotionReader().open(path).notes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tilt", "root_m", "expected"),
    [
        (about("x", -90), (0.0, 0.12, 0.0), (0.0, 0.0, -1.0)),  # on the back, head away from the camera
        (about("x", 90), (0.0, 0.12, 0.0), (0.0, 0.0, 1.0)),
        (about("z", 180), (0.0, 0.95, 0.0), (0.0, -1.0, 0.0)),
    ],
)
def test_who_lies_or_stands_on_the_head_for_a_whole_clip_still_does(
    tilt: np.ndarray,
    root_m: tuple[float, float, float],
    expected: tuple[float, float, float],
    tmp_path: Path,
    tiny_body: BodyModel,
) -> None:
    path = write_person(tmp_path / "a.bvh", tilt=tilt, root_m=root_m)
    joints = joints_of(path, tiny_body)[0]
    trunk = torch.nn.functional.normalize(joints[joint("neck")] - joints[joint("pelvis")], dim=0)
    assert trunk @ torch.tensor(expected) > 0.9
    assert -0.02 < joints[:, 1].min() < 0.2
    assert any("up=" in note for note in MotionReader().open(path).notes)


def test_the_user_may_say_which_axis_is_up(tmp_path: Path, tiny_body: BodyModel) -> None:
    lying = write_person(tmp_path / "a.bvh", tilt=about("x", 90), root_m=(0.0, 0.12, 0.0))
    assert_waves_left(joints_of(lying, tiny_body, MotionReader(up="z"))[0])
    with pytest.raises(ValueError, match="expected up to be auto or one of"):
        MotionReader(up="north")
