"""A motion that is written comes back: from .npz and .glb as it was, from .bvh with the same joints."""

import json
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
import trimesh
from fingered_body import random_fingers
from tiny_walks import shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, PARENTS, joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.export.export import ExportSettings, check_export, export_motion
from motion_transfer.files.glb import GlbContent
from motion_transfer.motion_files.bvh import read_bvh
from motion_transfer.motion_files.motion_reader import MotionReader
from motion_transfer.stages import SourceMotion

AUTO = MotionReader()
AS_IT_IS = ExportSettings()
VALIDATOR = "node_modules/gltf-validator"


@pytest.fixture(scope="module")
def source(tiny_body: BodyModel) -> SourceMotion:
    motion = walk(tiny_body, seconds=2.0, noise=0.15, shape=shape_of(0.5, -0.3))
    return SourceMotion(name="walk", motion=motion, body=shape_body(tiny_body, motion.shape))


def written(
    source: SourceMotion, path: Path, settings: ExportSettings = AS_IT_IS, *, fps: Fraction | None = None
) -> Path:
    check_export(path, settings)
    export_motion(source, path, settings, fps=fps)
    return path


def largest_turn_deg(first: BodyMotion, second: BodyMotion, joints: slice = slice(1, None)) -> float:
    turns = roma.rotmat_geodesic_distance(
        first.pose.parent_from_joint[:, joints].double(), second.pose.parent_from_joint[:, joints].double()
    )
    return float(torch.rad2deg(turns.max()))


@pytest.mark.parametrize("suffix", [".npz", ".glb"])
def test_what_was_written_comes_back_without_loss(
    suffix: str, source: SourceMotion, tmp_path: Path, tiny_body: BodyModel
) -> None:
    back = AUTO.open(written(source, tmp_path / f"walk{suffix}")).on_body(tiny_body)
    assert largest_turn_deg(back, source.motion, slice(None)) < 0.02
    assert torch.allclose(back.pose.root_position_m, source.motion.pose.root_position_m, atol=1e-6)
    assert torch.allclose(back.shape.betas, source.motion.shape.betas)
    assert torch.equal(back.foot_contacts, source.motion.foot_contacts)
    assert back.fps == source.motion.fps


def test_expressions_come_back(source: SourceMotion, tmp_path: Path, tiny_body: BodyModel) -> None:
    openings = torch.rand(len(source.motion), 3, generator=torch.Generator().manual_seed(0))
    pose = replace(source.motion.pose, face_openings=openings)
    path = written(replace(source, motion=replace(source.motion, pose=pose)), tmp_path / "face.npz")
    assert torch.equal(AUTO.open(path).on_body(tiny_body).pose.face_openings, openings)


def test_fingers_are_written_as_smpl_h_has_them_and_come_back(
    source: SourceMotion, tmp_path: Path, tiny_body: BodyModel
) -> None:
    fingers = random_fingers(len(source.motion))
    pose = replace(source.motion.pose, fingers=fingers)
    path = written(replace(source, motion=replace(source.motion, pose=pose)), tmp_path / "hands.npz")
    pose = AUTO.open(path).on_body(tiny_body).pose
    assert pose.face_openings is None
    back = pose.fingers
    assert back is not None
    assert roma.rotmat_geodesic_distance(back, fingers).max() < 1e-3
    first = torch.from_numpy(np.load(path)["poses"][0, 66:69])  # left_index1 is the joint after the 22 of the body
    assert torch.allclose(roma.rotvec_to_rotmat(first).float(), fingers[0, 0], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("naming", ["cmu", "mixamo", "smpl"])
@pytest.mark.parametrize(("order", "unit", "up"), [("ZXY", "cm", None), ("XYZ", "m", "z"), ("YZX", "in", "y")])
def test_a_bvh_comes_back_with_the_same_joints(
    naming: str, order: str, unit: str, up: str | None, source: SourceMotion, tmp_path: Path, tiny_body: BodyModel
) -> None:
    settings = ExportSettings(naming=naming, order=order, unit=unit, up=up)
    back = AUTO.open(written(source, tmp_path / "walk.bvh", settings)).on_body(tiny_body)
    assert len(back) == len(source.motion)
    assert largest_turn_deg(back, source.motion) < 0.1
    # It begins facing the camera and over the origin: the pelvis turns and goes as it did from there.
    ours, theirs = back.pose, source.motion.pose
    turn = ours.parent_from_joint[0, 0] @ theirs.parent_from_joint[0, 0].T
    assert torch.allclose(ours.parent_from_joint[:, 0], turn @ theirs.parent_from_joint[:, 0], atol=2e-3)
    way = (theirs.root_position_m - theirs.root_position_m[0])[:, [0, 2]].norm(dim=-1)
    ratio = shape_body(tiny_body, back.shape).leg_length_m / source.body.leg_length_m
    mine = (ours.root_position_m - ours.root_position_m[0])[:, [0, 2]].norm(dim=-1)
    assert torch.allclose(mine, ratio * way, atol=2e-3)


def test_a_bvh_has_the_joints_where_the_body_has_them(source: SourceMotion, tmp_path: Path) -> None:
    clip = read_bvh(written(source, tmp_path / "walk.bvh"))
    body = source.body.posed(source.motion.pose).joints_m.numpy()
    pelvis = np.abs(clip.positions[:, clip.names.index("mixamorig:Hips")] / 100 - body[:, 0]).max()
    hand = np.abs(clip.positions[:, clip.names.index("mixamorig:LeftHand")] / 100 - body[:, joint("left_wrist")]).max()
    assert max(pelvis, hand) < 1e-4


def test_a_bvh_is_as_importers_expect_it(source: SourceMotion, tmp_path: Path) -> None:
    text = written(source, tmp_path / "walk.bvh", ExportSettings(naming="cmu")).read_text()
    assert text.count("ROOT") == 1
    assert text.count("JOINT") == len(JOINTS) - 1
    assert set(re.findall(r"CHANNELS \d (.*)", text)) == {
        "Xposition Yposition Zposition Zrotation Xrotation Yrotation",
        "Zrotation Xrotation Yrotation",
    }
    rows = text.split("Frame Time:")[1].splitlines()[1:]
    assert {len(row.split()) for row in rows} == {3 + 3 * len(JOINTS)}
    leaves = len(JOINTS) - len({parent for parent in PARENTS if parent >= 0})
    assert text.count("End Site") == leaves


def test_angles_do_not_jump_by_whole_turns(source: SourceMotion, tmp_path: Path) -> None:
    file = read_bvh(written(source, tmp_path / "walk.bvh"))
    values = file.values[np.arange(len(file))][:, 3:]
    assert np.abs(np.diff(values, axis=0)).max() < 180


def test_a_table_has_the_place_of_every_joint_in_every_frame(source: SourceMotion, tmp_path: Path) -> None:
    path = written(source, tmp_path / "walk.csv", ExportSettings(unit="m"))
    head, *rows = path.read_text().splitlines()
    assert head.split(",")[:5] == ["frame", "time_s", "pelvis_x", "pelvis_y", "pelvis_z"]
    table = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    joints = source.body.posed(source.motion.pose).joints_m.numpy()
    assert np.allclose(table[:, 2:].reshape(len(rows), -1, 3), joints, atol=1e-5)
    assert table[-1, 1] == pytest.approx((len(rows) - 1) / 30, abs=1e-5)


def test_points_of_a_c3d_file_are_the_joints(source: SourceMotion, tmp_path: Path) -> None:
    """By the format's own description: words of the first block, and floats from the block that it names."""
    pytest.importorskip("ezc3d", reason="needs the extra c3d")
    content = written(source, tmp_path / "walk.c3d", ExportSettings(unit="mm", up="z")).read_bytes()
    key, count, _, first, last, _, scale, start, _, fps = struct.unpack_from("<xB5Hf2Hf", content)
    frames = last - first + 1
    assert (key, count, frames, fps) == (0x50, 24, len(source.motion), 30)
    assert scale < 0  # floating point
    points = np.frombuffer(content, "<f4", frames * count * 4, (start - 1) * 512).reshape(frames, count, 4)
    x, y, z = source.body.posed(source.motion.pose).joints_m.numpy().transpose(2, 0, 1)
    assert np.allclose(points[..., :3], 1000 * np.stack([x, -z, y], -1), atol=0.01)
    assert (points[..., 3] >= 0).all()  # every point is valid
    assert b"left_ankle" in content


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".bvh", ".glb", ".npz", ".csv"])
def test_any_rate_keeps_the_duration(suffix: str, source: SourceMotion, tmp_path: Path) -> None:
    path = written(source, tmp_path / f"walk{suffix}", fps=Fraction(12))
    if suffix == ".csv":
        assert len(path.read_text().splitlines()) == 25
    else:
        opened = MotionReader(fps=Fraction(12)).open(path).on_body(source.body.model)
        assert len(opened) == 24
        assert opened.fps == 12


def test_amass_readers_find_what_they_look_for(source: SourceMotion, tmp_path: Path) -> None:
    with np.load(written(source, tmp_path / "walk.npz")) as stored:
        assert stored["poses"].shape == (len(source.motion), 156)
        assert stored["trans"].shape == (len(source.motion), 3)
        assert stored["betas"].shape == (16,)
        assert float(stored["mocap_framerate"]) == 30
        heights = stored["trans"][:, 2]
    assert np.ptp(heights) < 0.2  # z is up: the hips of a walk stay level


def test_the_skin_follows_the_skeleton_as_the_body_does(source: SourceMotion, tmp_path: Path) -> None:
    """Skinning by the file's own nodes, matrices and weights gives the vertices of the body."""
    content = GlbContent(written(source, tmp_path / "walk.glb"))
    found = content.described
    primitive = found["meshes"][0]["primitives"][0]["attributes"]
    rest, owners, weights = (content.array(primitive[name]) for name in ("POSITION", "JOINTS_0", "WEIGHTS_0"))
    inverse = content.array(found["skins"][0]["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
    frame = 17
    world = np.zeros((len(JOINTS), 4, 4))
    samplers = found["animations"][0]["samplers"]
    for index, parent in enumerate(PARENTS):
        local = np.eye(4)
        turn = torch.from_numpy(content.array(samplers[index]["output"])[frame])
        local[:3, :3] = roma.unitquat_to_rotmat(turn).numpy()
        local[:3, 3] = found["nodes"][index]["translation"] if index else content.array(samplers[-1]["output"])[frame]
        world[index] = local if parent < 0 else world[parent] @ local
    moved = (world @ inverse)[owners.astype(int)]
    points = np.einsum("vb,vbij,vj->vi", weights, moved, np.pad(rest, ((0, 0), (0, 1)), constant_values=1))[:, :3]
    body = source.body.posed(source.motion.pose[frame : frame + 1]).vertices_m()[0].numpy()
    corners = torch.stack([source.body.model.faces.flatten(), source.body.model.uv_faces.flatten()], 1)
    vertex = corners.unique(dim=0)[:, 0].numpy()
    assert np.abs(points - body[vertex]).max() < 2e-3


def test_a_glb_opens_elsewhere(source: SourceMotion, tmp_path: Path) -> None:
    scene = trimesh.load(written(source, tmp_path / "walk.glb"))
    meshes = list(scene.geometry.values())
    assert len(meshes) == 1
    assert len(meshes[0].faces) == len(source.body.model.faces)


@pytest.mark.subprocess
def test_a_glb_is_valid(source: SourceMotion, tmp_path: Path) -> None:
    package = next((one / VALIDATOR for one in Path(__file__).resolve().parents if (one / VALIDATOR).is_dir()), None)
    if shutil.which("node") is None or package is None:
        pytest.skip("needs node and `npm install gltf-validator` in the project's folder or above")
    path = tmp_path / "walk.glb"
    export_motion(source, path, AS_IT_IS, fps=None, texture=torch.rand(3, 8, 8))
    code = (
        "const [p, f] = process.argv.slice(1); require(p).validateBytes(new Uint8Array(require('fs').readFileSync(f)))"
    )
    code += ".then(r => console.log(JSON.stringify(r.issues)))"
    done = subprocess.run(["node", "-e", code, str(package), str(path)], capture_output=True, text=True, timeout=60)
    issues = json.loads(done.stdout)
    assert issues["numErrors"] == 0, issues
    assert issues["numWarnings"] == 0, issues


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("a.fbx", {}, "ends in .bvh, .glb, .npz, .csv, .c3d, got"),
        ("a.glb", {"up": "z"}, "output_up=y for .glb"),
        ("a.bvh", {"order": "ZZY"}, "expected order to be one of XYZ"),
        ("a.bvh", {"unit": "ft"}, "expected unit to be one of m, cm, mm, in"),
        ("a.bvh", {"naming": "maya"}, "expected naming to be one of cmu, mixamo, smpl"),
    ],
)
def test_what_cannot_be_written_is_told_before_any_work(
    name: str, settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        check_export(tmp_path / name, ExportSettings(**settings))


def test_the_source_is_never_written_over(source: SourceMotion, tmp_path: Path) -> None:
    path = written(source, tmp_path / "walk.bvh")
    with pytest.raises(ValueError, match="which is the source; name another file"):
        check_export(path, AS_IT_IS, path)
