"""Files that people met trouble with: each reads to the right pose, or is refused with what is wrong."""

from pathlib import Path

import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.motion_files.motion_reader import MotionReader

FOLDER = Path(__file__).resolve().parents[2] / "../shared/odd_inputs/motion"
UPRIGHT = ("a05_rocketbox_spaces", "a07_unreal", "a09_vroid", "a11_smpl2bvh", "a13_motive", "a16_char_prefix")
UPRIGHT += ("b10_no_space", "b20_comma_values", "c02_six_zero", "g02_helper_joints", "B16_parent_after")
REFUSED = {
    "B02_channels_-3": "line 9: expected a whole number, got -3",
    "B04b_frame_time_2000": "expected a frame time from",
    "B05b_all_nan": "got nan in frame 1 of Hips",
    "B06_offsets_zero": "expected bones of some length, got LeftUpLeg",
    "B06c_offset_nan": "line 12: expected a number",
    "B08b_too_many_closings": "outside",
    "B10_binary": "expected HIERARCHY at its beginning",
    "B13_channel_unknown": "line 5: expected 6 positions and rotations",
    "b18_nan": "line 130: .* got nan in frame 1 of Hips",
    "c07_offset_short": "line 9: expected a number",
    "e04_hips_coincide": r"got LeftUpLeg \(left hip\) and RightUpLeg \(right hip\) at one place",
}


def odd(name: str) -> Path:
    path = FOLDER / f"{name}.bvh"
    if not path.is_file():
        pytest.skip(f"needs the motion file {name}.bvh beside the project")
    return path


def trunk_and_left(name: str, model: BodyModel) -> tuple[torch.Tensor, torch.Tensor]:
    motion = MotionReader().open(odd(name)).on_body(model)
    joints = shape_body(model, motion.shape).posed(motion.pose).joints_m
    lines = (
        joints[:, joint("neck")] - joints[:, joint("pelvis")],
        joints[:, joint("left_hip")] - joints[:, joint("right_hip")],
    )
    return (lines[0] / lines[0].norm(dim=-1, keepdim=True)).mean(0), lines[1][0] / lines[1][0].norm()


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", UPRIGHT)
def test_who_stands_stands_and_faces_the_camera(name: str, tiny_body: BodyModel) -> None:
    trunk, left = trunk_and_left(name, tiny_body)
    assert trunk[1] > 0.95
    assert left[0] > 0.95


@pytest.mark.slow
@pytest.mark.real
def test_who_lies_lies_and_who_stands_on_the_head_does_so(tiny_body: BodyModel) -> None:
    assert abs(float(trunk_and_left("d03_lying_back", tiny_body)[0][1])) < 0.1
    assert trunk_and_left("d06_handstand", tiny_body)[0][1] < -0.95


@pytest.mark.real
def test_who_goes_onto_the_hands_and_back_stays_on_the_ground(tiny_body: BodyModel) -> None:
    motion = MotionReader().open(odd("f01_handstand_part")).on_body(tiny_body)
    lowest = shape_body(tiny_body, motion.shape).posed(motion.pose).vertices_m()[..., 1].amin(1)
    assert float(lowest.min()) > -0.035
    assert abs(float(lowest[75:90].mean())) < 0.01


@pytest.mark.real
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[name]):
        MotionReader().open(odd(name))
