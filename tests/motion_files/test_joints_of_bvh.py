"""Which joints of a BVH file are found, and what is said of those that are not."""

import json
from pathlib import Path

import pytest
from skeleton_files import write_person
from test_dialects import assert_waves_left, joints_of

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint
from motion_transfer.motion_files.joint_mapping import read_mapping
from motion_transfer.motion_files.motion_reader import MotionReader


@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "told"),
    [
        (("LeftToeBase", "RightToeBase"), "no joints for the toes"),
        (("Head",), "no joint for the head"),
        (("Neck", "Head"), "no joint for the neck"),
    ],
)
def test_what_can_be_inferred_is_not_asked_for(
    without: tuple[str, ...], told: str, tmp_path: Path, tiny_body: BodyModel
) -> None:
    path = write_person(tmp_path / "a.bvh", without=without)
    joints = joints_of(path, tiny_body)[0]
    assert joints[joint("left_wrist"), 1] > joints[joint("head"), 1] > 1.4
    assert any(told in note for note in MotionReader().open(path).notes)


def test_all_joints_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    path = write_person(tmp_path / "a.bvh", without=("LeftArm", "RightUpLeg"))
    with pytest.raises(ValueError, match="joints for left shoulder, left elbow, left wrist, right hip, right knee"):
        MotionReader().open(path)


def test_a_mapping_overrides_names(tmp_path: Path, tiny_body: BodyModel) -> None:
    path = write_person(tmp_path / "a.bvh")
    arm = {"shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand"}
    sides = {f"left_{part}": f"Right{name}" for part, name in arm.items()}
    sides |= {f"right_{part}": f"Left{name}" for part, name in arm.items()}
    (tmp_path / "names.json").write_text(json.dumps(sides))
    joints = joints_of(path, tiny_body, MotionReader(mapping=read_mapping(tmp_path / "names.json")))[0]
    assert joints[joint("right_wrist"), 1] > joints[joint("head"), 1]
    (tmp_path / "names.json").write_text('{"left_tail": "Tail"}')
    with pytest.raises(ValueError, match=r"expected roles out of pelvis, .* got left_tail"):
        read_mapping(tmp_path / "names.json")


def test_helper_joints_at_the_place_of_the_real_ones_do_no_harm(tmp_path: Path, tiny_body: BodyModel) -> None:
    helpers = {"LeftUpLeg": "__LeftUpLeg", "RightUpLeg": "__RightUpLeg", "LeftArm": "LeftArmRoot"}
    path = write_person(tmp_path / "a.bvh", helpers=helpers)
    assert_waves_left(joints_of(path, tiny_body)[0])


ANIMAL = """HIERARCHY ROOT Hips {{ OFFSET 0 0 0 CHANNELS 3 Xposition Yposition Zposition {limbs} }}
MOTION Frames: 2 Frame Time: 0.04 0 60 0 0 60 0"""


def chain(*joints: tuple[str, str], inside: str = "") -> str:
    head, *rest = joints
    below = chain(*rest, inside=inside) if rest else inside
    return f"JOINT {head[0]} {{ OFFSET {head[1]} CHANNELS 0 {below} }} "


def test_an_animal_on_four_legs_is_refused(tmp_path: Path) -> None:
    limbs = ""
    for side, x in (("Left", 8), ("Right", -8)):
        limbs += chain((f"{side}UpLeg", f"{x} 0 0"), (f"{side}Leg", "0 -28 0"), (f"{side}Foot", "0 -26 0"))
    arms = "".join(
        chain((f"{side}Arm", f"{x} 0 0"), (f"{side}ForeArm", "0 -28 0"), (f"{side}Hand", "0 -26 0"))
        for side, x in (("Left", 8), ("Right", -8))
    )
    trunk = chain(
        ("Spine", "0 0 30"), ("Chest", "0 0 30"), inside=arms + chain(("Neck", "0 10 10"), ("Head", "0 0 15"))
    )
    path = tmp_path / "dog.bvh"
    path.write_text(ANIMAL.format(limbs=limbs + trunk))
    with pytest.raises(ValueError, match="as those of an animal on four legs do"):
        MotionReader().open(path)


def test_a_hand_alone_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    fingers = "".join(
        chain((f"Finger{n}", f"{n} 5 0"), (f"Finger{n}b", "0 3 0"), (f"Finger{n}c", "0 2 0")) for n in range(5)
    )
    path = tmp_path / "hand.bvh"
    path.write_text(ANIMAL.format(limbs=chain(("LeftHand", "0 5 0"), inside=fingers)))
    with pytest.raises(ValueError, match="expected joints for left hip, left knee, left ankle, left shoulder"):
        MotionReader().open(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Frame Time: 0.0333333", "Frame Time: 33.3333"), "did you mean 0.03"),
        (("Frame Time: 0.0333333", "Frame Time: 0"), "expected a frame time from"),
        (("OFFSET 0.000000 12.000000 0.000000", "OFFSET 0.0 twelve 0.0"), "expected a number up to"),
        (("0.000000 93.000000", "0.000000 nan"), "expected numbers .* got nan in frame 1 of Hips"),
        (("Zrotation Xrotation", "Wrotation Xrotation"), "expected 6 positions and rotations"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    path = write_person(tmp_path / "a.bvh")
    before = path.read_text().partition(change[0])
    assert before[1]
    path.write_text(before[0] + change[1] + before[2])
    with pytest.raises(ValueError, match=rf"\(line {before[0].count(chr(10)) + 1}: .*{said}"):
        MotionReader().open(path)
