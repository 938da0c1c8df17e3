"""Characters in motion come back from their files as they went in."""

import json
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from jaxtyping import Float
from standing_figure import write_figure, write_textured_figure
from torch import Tensor

from motion_transfer.files import animated_glb
from motion_transfer.files.character_mesh import CharacterMesh, read_character
from motion_transfer.files.mesh_motion_files import check_animation_path, open_animation

FPS = Fraction(25)


@pytest.fixture
def character(tmp_path: Path) -> CharacterMesh:
    return read_character(write_figure(tmp_path / "figure.ply"), up="y", height_m=None)


def moving(character: CharacterMesh, frames: int = 5) -> Float[Tensor, "frame vertex 3"]:
    rest = torch.tensor(character.surface.vertices_m, dtype=torch.float32)
    sway = torch.linspace(0, 0.4, frames)[:, None, None] * rest[:, 1:2] * torch.tensor([1.0, 0.1, 0.0])
    return rest + sway


def write(path: Path, character: CharacterMesh, frames: Float[Tensor, "frame vertex 3"]) -> Path:
    with open_animation(path, character, FPS, len(frames)) as writer:
        writer.write(frames[:2])
        writer.write(frames[2:])
    return path


def read_glb(path: Path) -> tuple[dict, list[np.ndarray]]:
    """The description, and the numbers of every accessor: a reader of its own, from the specification."""
    content = path.read_bytes()
    magic, version, total, length, kind = struct.unpack("<4sIIII", content[:20])
    assert (magic, version, total, kind) == (b"glTF", 2, len(content), 0x4E4F534A)
    described, binary = json.loads(content[20 : 20 + length]), content[28 + length :]
    types = {5126: "<f4", 5125: "<u4", 5121: "u1"}
    found = []
    for accessor in described["accessors"]:
        view = described["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        part = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        columns = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[accessor["type"]]
        values = np.frombuffer(part, types[accessor["componentType"]]).reshape(-1, columns)
        assert len(values) == accessor["count"]
        found.append(values)
    return described, found


def test_a_glb_file_plays_every_frame(tmp_path: Path, character: CharacterMesh) -> None:
    frames = moving(character)
    described, numbers = read_glb(write(tmp_path / "dance.glb", character, frames))
    [primitive] = described["meshes"][0]["primitives"]
    [animation] = described["animations"]
    [sampler], [channel] = animation["samplers"], animation["channels"]
    assert channel["target"] == {"node": 0, "path": "weights"}
    np.testing.assert_allclose(numbers[sampler["input"]][:, 0], np.arange(5) / 25, atol=1e-6)
    weights = numbers[sampler["output"]].reshape(5, len(primitive["targets"]))
    base = numbers[primitive["attributes"]["POSITION"]]
    targets = np.stack([numbers[target["POSITION"]] for target in primitive["targets"]])
    np.testing.assert_allclose(base, character.split(torch.tensor(character.surface.vertices_m)), atol=1e-6)
    shown = base + np.einsum("ft,tvr->fvr", weights, targets)
    np.testing.assert_allclose(shown, character.split(frames).numpy(), atol=1e-5)
    np.testing.assert_array_equal(numbers[primitive["indices"]].reshape(-1, 3), character.faces.numpy())
    for target in primitive["targets"]:
        bounds = described["accessors"][target["POSITION"]]
        np.testing.assert_allclose(bounds["min"], numbers[target["POSITION"]].min(0), atol=1e-6)


def test_a_glb_file_keeps_colours_and_opens_elsewhere(tmp_path: Path, character: CharacterMesh) -> None:
    path = write(tmp_path / "dance.glb", character, moving(character))
    found = trimesh.load_mesh(path, process=False)
    assert len(found.faces) == len(character.faces)
    again = read_character(path, up="auto", height_m=None)
    np.testing.assert_array_equal(again.vertex_rgb, character.vertex_rgb)


def test_a_glb_file_keeps_the_texture(tmp_path: Path) -> None:
    character = read_character(write_textured_figure(tmp_path / "figure.glb"), up="auto", height_m=None)
    again = read_character(write(tmp_path / "dance.glb", character, moving(character)), up="auto", height_m=None)
    np.testing.assert_array_equal(again.texture, character.texture)
    assert again.uv is not None
    assert character.uv is not None
    np.testing.assert_allclose(again.uv, character.uv, atol=1e-6)


def test_an_animation_too_long_for_glb_is_refused(
    tmp_path: Path, character: CharacterMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(animated_glb, "LARGEST", 1000)
    with pytest.raises(ValueError, match=r"expected an animation of at most 4 GB for .glb, got .*; set a lower fps="):
        open_animation(tmp_path / "dance.glb", character, FPS, 5)


def test_the_binary_part_is_moved_behind_a_description_of_any_length(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(10_000_000)
    with (tmp_path / "file").open("w+b") as file:
        file.write(content)
        animated_glb._shift(file, len(content), 123)
        file.seek(123)
        assert file.read() == content


def test_a_folder_of_ply_files_holds_every_frame_with_colours(tmp_path: Path, character: CharacterMesh) -> None:
    frames = moving(character)
    folder = write(tmp_path / "dance", character, frames)
    assert sorted(path.name for path in folder.iterdir()) == [f"frame_{frame:05d}.ply" for frame in range(5)]
    found = trimesh.load_mesh(folder / "frame_00003.ply", process=False)
    np.testing.assert_allclose(found.vertices, character.split(frames[3]).numpy(), atol=1e-6)
    np.testing.assert_array_equal(found.faces, character.faces.numpy())
    np.testing.assert_array_equal(np.asarray(found.visual.vertex_colors)[:, :3], character.vertex_rgb)


@pytest.mark.slow
def test_a_usdc_file_has_a_sample_for_every_frame(tmp_path: Path, character: CharacterMesh) -> None:
    usd = pytest.importorskip("pxr.Usd")
    from pxr import UsdGeom

    frames = moving(character)
    stage = usd.Stage.Open(str(write(tmp_path / "dance.usdc", character, frames)))
    assert stage.GetTimeCodesPerSecond() == 25
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 4)
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    mesh = UsdGeom.Mesh.Get(stage, "/character/mesh")
    assert mesh.GetPointsAttr().GetTimeSamples() == [0, 1, 2, 3, 4]
    for frame in range(5):
        points = np.array(mesh.GetPointsAttr().Get(frame))
        np.testing.assert_allclose(points, character.split(frames[frame]).numpy(), atol=1e-6)
    colours = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("displayColor").Get())
    np.testing.assert_allclose(255 * colours, character.vertex_rgb, atol=1e-3)


@pytest.mark.slow
def test_a_usdc_file_has_its_texture_beside_it(tmp_path: Path) -> None:
    usd = pytest.importorskip("pxr.Usd")
    character = read_character(write_textured_figure(tmp_path / "figure.glb"), up="auto", height_m=None)
    stage = usd.Stage.Open(str(write(tmp_path / "dance.usdc", character, moving(character))))
    file = stage.GetPrimAtPath("/character/material/texture").GetAttribute("inputs:file").Get()
    assert file.path == "./dance.png"
    assert (tmp_path / "dance.png").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dance.glb", "dance", "dance.usdc"])
def test_a_writing_that_fails_leaves_nothing(name: str, tmp_path: Path, character: CharacterMesh) -> None:
    if name.endswith("usdc"):
        pytest.importorskip("pxr")
    frames = moving(character)
    writer = open_animation(tmp_path / name, character, FPS, 5).__enter__()
    writer.write(frames[:3])
    writer.__exit__(RuntimeError, RuntimeError("stop"), None)
    assert [path.name for path in tmp_path.iterdir()] == ["figure.ply"]


def test_an_output_of_another_kind_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected an output that ends in .glb, .usdc, or a folder for .ply files"):
        check_animation_path(tmp_path / "dance.fbx", 5)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "anna.png").write_text("kept")
    with pytest.raises(ValueError, match=r"expected a new folder or one with an older result, .* 'anna.png' as well"):
        check_animation_path(tmp_path / "photos", 5)


def test_a_folder_of_an_older_and_no_longer_result_is_replaced(tmp_path: Path) -> None:
    for name in ("frame_00000.ply", "frame_00004.ply"):
        (tmp_path / name).write_text("older")
    check_animation_path(tmp_path, 5)
    for name in ("frame_00005.ply", "frame_4.ply", "frame_000004.ply", "frame_.ply"):
        (tmp_path / name).write_text("kept")
        with pytest.raises(ValueError, match=f"'{name}' as well"):
            check_animation_path(tmp_path, 5)
        (tmp_path / name).unlink()
