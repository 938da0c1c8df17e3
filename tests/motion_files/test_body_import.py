import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body import support
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.geometry import contacts
from motion_transfer.motion_files import joint_rotations, resampling
from motion_transfer.motion_files.body_import import SkeletonMotion, calibration_frames
from motion_transfer.motion_files.bvh import read_bvh
from motion_transfer.motion_files.joint_mapping import map_joints
from motion_transfer.motion_files.joint_rotations import with_slope
from motion_transfer.motion_files.motion_reader import MotionReader

MOCAP = Path(__file__).resolve().parents[2] / "../shared/mocap"
FILES = (
    "aitviewer_sample_32s",
    "cmu_01_01_playground_jumps",
    "cmu_14_jumping_jacks",
    "fair_dab",
    "fair_jumping",
    "fair_wave_hello",
    "fair_zombie_walk",
    "rokoko_jesse_dance",
)
LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
BODY = (
    ("pelvis", "", (0, 0, 0)),
    ("neck", "pelvis", (0, 0, 50)),
    ("head", "neck", (0, 0, 10)),
    ("left_hip", "pelvis", (0, 10, -5)),
    ("left_knee", "left_hip", (0, 0, -42)),
    ("left_ankle", "left_knee", (0, 0, -41)),
    ("left_toe", "left_ankle", (13, 0, -6)),
    ("left_shoulder", "neck", (0, 18, -5)),
    ("left_elbow", "left_shoulder", (0, 27, 0)),
    ("left_wrist", "left_elbow", (0, 25, 0)),
)


def mocap(name: str) -> Path:
    path = MOCAP / f"{name}.bvh"
    if not path.is_file():
        pytest.skip(f"needs the motion file {name}.bvh beside the project")
    return path


def write_standing_file(path: Path, frames: int = 4) -> Path:
    """A T-pose with z up that faces +x, in centimetres: the model's own axes lie along y, z, x."""
    children: dict[str, list[tuple[str, tuple[float, ...]]]] = {}
    for name, parent, offset in BODY:
        children.setdefault(parent, []).append((name, offset))
        if "left" in name:
            parent = parent.replace("left", "right")
            children.setdefault(parent, []).append((name.replace("left", "right"), (offset[0], -offset[1], offset[2])))

    def spell(name: str, offset: tuple[float, ...]) -> str:
        head = f"{'JOINT' if name != 'pelvis' else 'ROOT'} {name}\n{{ OFFSET {' '.join(map(str, offset))}\n"
        head += "CHANNELS 3 Xposition Yposition Zposition\n" if name == "pelvis" else "CHANNELS 0\n"
        return head + "".join(spell(*child) for child in children.get(name, [])) + "}\n"

    motion = f"MOTION\nFrames: {frames}\nFrame Time: 0.04\n" + "30 20 90\n" * frames
    path.write_text("HIERARCHY\n" + spell("pelvis", (0, 0, 0)) + motion)
    return path


def import_bvh(path: Path, model: BodyModel, *, fps: Fraction | None) -> BodyMotion:
    return MotionReader(fps=fps).open(path).on_body(model)


def directions(motion: BodyMotion, model: BodyModel, first: str, second: str) -> Float[Tensor, "frame 3"]:
    joints = shape_body(model, motion.shape).posed(motion.pose).joints_m
    return torch.nn.functional.normalize(joints[:, joint(second)] - joints[:, joint(first)], dim=-1)


def test_a_standing_file_with_z_up_stands_and_faces_the_camera(tmp_path: Path, tiny_body: BodyModel) -> None:
    motion = import_bvh(write_standing_file(tmp_path / "still.bvh"), tiny_body, fps=None)
    rotations = motion.pose.parent_from_joint
    still = roma.rotmat_geodesic_distance(rotations, torch.eye(3).expand_as(rotations))
    assert still[:, [0, 4, 5, 7, 8, 18, 19]].max() < math.radians(8)
    assert torch.allclose(
        directions(motion, tiny_body, "right_hip", "left_hip")[0], torch.tensor([1.0, 0, 0]), atol=1e-4
    )
    assert motion.fps == 25
    assert len(motion) == 4
    assert motion.foot_contacts.all()
    assert torch.allclose(motion.pose.root_position_m[0, [0, 2]], torch.zeros(2), atol=1e-6)


def test_another_rate_keeps_the_duration(tmp_path: Path, tiny_body: BodyModel) -> None:
    path = write_standing_file(tmp_path / "still.bvh", frames=51)
    assert len(import_bvh(path, tiny_body, fps=Fraction(10))) == 21
    assert len(import_bvh(path, tiny_body, fps=Fraction(50))) == 101


def test_one_frame_is_enough(tmp_path: Path, tiny_body: BodyModel) -> None:
    motion = import_bvh(write_standing_file(tmp_path / "still.bvh", frames=1), tiny_body, fps=None)
    assert len(motion) == 1
    assert motion.pose.parent_from_joint.isfinite().all()


def test_a_rate_of_nothing_is_refused(tmp_path: Path, tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match="positive frame rate"):
        import_bvh(write_standing_file(tmp_path / "still.bvh"), tiny_body, fps=Fraction(0))


def test_only_first_frames_that_the_body_jumps_from_are_left_out() -> None:
    random = np.random.default_rng(0)
    still = {name: random.normal(size=(1, 3)).repeat(30, 0) for name in ("pelvis", "head", "left_hip")}
    assert calibration_frames(still) == (0, ())
    for held in (1, 12):
        jumping = {name: track.copy() for name, track in still.items()}
        jumping["head"][:held] += 2.0
        first, notes = calibration_frames(jumping)
        assert first == held
        assert "left out as a calibration pose" in notes[0]
    swaying = {name: track + np.sin(np.arange(30) / 3)[:, None] for name, track in jumping.items()}
    swaying["head"] = swaying["head"] + np.cos(np.arange(30))[:, None]
    assert calibration_frames(swaying)[0] == 0


def test_a_slope_keeps_the_ground_direction() -> None:
    sloped = with_slope(torch.tensor([0.3, -0.1, 0.4]), -0.5)
    assert torch.allclose(sloped, torch.tensor([0.6, 0.0, 0.8]) * math.cos(0.5) - torch.tensor([0, math.sin(0.5), 0]))


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", FILES)
def test_limbs_point_where_the_file_has_them(name: str, tiny_body: BodyModel) -> None:
    """Directions are compared after turning the file's world onto the motion's by the least-squares rotation."""
    path = mocap(name)
    file = read_bvh(path)
    rate = Fraction(1 / file.seconds_per_frame).limit_denominator(1001)
    motion = import_bvh(path, tiny_body, fps=rate)
    clip = file.skeleton(np.arange(len(file)))
    named = map_joints(clip, {}).tracks(clip)
    ours, theirs = [], []
    for side in ("left", "right"):
        for first, second in LIMBS:
            line = torch.from_numpy(named[f"{side}_{second}"] - named[f"{side}_{first}"]).float()[-len(motion) :]
            theirs.append(torch.nn.functional.normalize(line, dim=-1))
            ours.append(directions(motion, tiny_body, f"{side}_{first}", f"{side}_{second}"))
    found, wanted = torch.stack(ours, 1), torch.stack(theirs, 1)
    left, _, right = torch.linalg.svd(found.flatten(0, 1).T @ wanted.flatten(0, 1))
    turn = left @ right
    assert torch.linalg.det(turn) > 0
    error = torch.rad2deg(torch.acos(((wanted @ turn.T) * found).sum(-1).clamp(-1, 1)))
    assert error.quantile(0.99) < 1
    assert error.mean() < 0.5


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", FILES)
def test_real_motions_are_upright_smooth_and_on_the_ground(name: str, tiny_body: BodyModel) -> None:
    motion = import_bvh(mocap(name), tiny_body, fps=None)
    assert motion.fps <= 30
    body = shape_body(tiny_body, motion.shape)
    posed = body.posed(motion.pose)
    rotations = motion.pose.parent_from_joint
    turns = torch.rad2deg(roma.rotmat_geodesic_distance(rotations[1:], rotations[:-1]))
    assert turns.max() < 60
    head_over_feet = posed.joints_m[:, joint("head"), 1] - posed.joints_m[:, [7, 8], 1].amin(1)
    assert head_over_feet.median() > 1.2
    lowest = lowest_sole_m(body, posed.world_from_rest)
    assert motion.foot_contacts.any()
    assert lowest.amin(1)[motion.foot_contacts.any(1)].abs().median() < 0.02
    assert lowest.min() > -0.12
    assert facing_camera(posed.joints_m[0])


def facing_camera(joints_m: Float[Tensor, "joint 3"]) -> bool:
    to_left = joints_m[joint("left_hip")] - joints_m[joint("right_hip")]
    return bool(to_left[0] > 0.98 * to_left[[0, 2]].norm())


def test_a_motion_read_in_pieces_is_the_one_read_at_once(
    tmp_path: Path, tiny_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_standing_file(tmp_path / "moves.bvh", frames=41)
    head, numbers = path.read_text().split("0.04\n")
    path.write_text(f"{head}0.04\n" + "".join(f"{30 + n * n} 20 {90 + n}\n" for n in range(len(numbers.splitlines()))))
    reader = MotionReader(fps=Fraction(10))
    whole = reader.open(path)
    assert isinstance(whole, SkeletonMotion)
    at_once = whole.on_body(tiny_body)
    for module in (resampling, joint_rotations, support, contacts):
        monkeypatch.setattr(module, "AT_ONCE", 7)
    pieces = reader.open(path)
    assert isinstance(pieces, SkeletonMotion)
    assert len(whole.clip) == 17
    assert np.ptp(whole.tracks["pelvis"][:, 0]) > 1000
    assert all(np.array_equal(track, pieces.tracks[role]) for role, track in whole.tracks.items())
    in_pieces = pieces.on_body(tiny_body)
    assert torch.allclose(at_once.pose.parent_from_joint, in_pieces.pose.parent_from_joint, atol=1e-6)
    assert torch.allclose(at_once.pose.root_position_m, in_pieces.pose.root_position_m, atol=1e-5)
    assert torch.equal(at_once.foot_contacts, in_pieces.foot_contacts)
