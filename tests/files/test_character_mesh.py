"""Meshes of any format, unit and axis become characters; what is none is refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from standing_figure import figure, write_figure, write_textured_figure

from motion_transfer.files import character_mesh
from motion_transfer.files.character_mesh import CharacterMesh, read_character

FORMATS = (".obj", ".ply", ".stl", ".glb", ".off")
COLOURED = (".obj", ".ply", ".glb")


def read(path: Path, up: str = "auto", height_m: float | None = None) -> CharacterMesh:
    return read_character(path, up=up, height_m=height_m)


def upright() -> np.ndarray:
    vertices = np.asarray(figure().vertices)
    return vertices - np.array([0, vertices[:, 1].min(), (vertices[:, 2].min() + vertices[:, 2].max()) / 2])


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_surface(suffix: str, tmp_path: Path) -> None:
    character = read(write_figure(tmp_path / f"figure{suffix}"))
    where = character.surface.vertices_m[character.surface_vertex.numpy()][character.faces.numpy()]
    np.testing.assert_allclose(where, upright()[figure().faces], atol=1e-4)
    assert len(character.surface.vertices_m) == len(np.unique(upright().round(5), axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", COLOURED)
def test_colours_of_vertices_are_kept(suffix: str, tmp_path: Path) -> None:
    character = read(write_figure(tmp_path / f"figure{suffix}"))
    expected = np.asarray(figure().visual.vertex_colors)[figure().faces][..., :3]
    assert np.abs(character.vertex_rgb[character.faces.numpy()].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_a_texture_is_kept_with_its_positions(suffix: str, tmp_path: Path) -> None:
    character = read(write_textured_figure(tmp_path / f"figure{suffix}"))
    assert character.texture is not None
    assert character.uv is not None
    assert character.texture[0, 0].tolist() == [200, 30, 30]
    assert character.uv.min() >= -1e-6
    assert len(character.uv) == len(character.vertex_rgb)


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "unit"), [(1.0, "metres"), (100.0, "centimetres"), (1000.0, "millimetres")])
@pytest.mark.parametrize("z_up", [False, True])
def test_unit_and_axis_are_guessed_and_said(scale: float, unit: str, z_up: bool, tmp_path: Path) -> None:
    character = read(write_figure(tmp_path / "figure.ply", scale=scale, z_up=z_up))
    np.testing.assert_allclose(character.surface.vertices_m.min(0), upright().min(0), atol=1e-3)
    np.testing.assert_allclose(character.surface.vertices_m.max(0), upright().max(0), atol=1e-3)
    said = " ".join(character.notes)
    assert f"{'z' if z_up else 'y'} was taken for the axis that points up" in said
    assert f"its unit was taken for {unit}" in said


def test_a_given_axis_and_height_are_taken(tmp_path: Path) -> None:
    character = read(write_figure(tmp_path / "figure.ply", scale=7.0, z_up=True), up="z", height_m=0.9)
    assert np.ptp(character.surface.vertices_m[:, 1]) == pytest.approx(0.9)
    assert "scaled to the 0.9 m that were given" in " ".join(character.notes)


def test_an_unusual_size_becomes_a_person_of_usual_height(tmp_path: Path) -> None:
    character = read(write_figure(tmp_path / "figure.ply", scale=9.0))
    assert np.ptp(character.surface.vertices_m[:, 1]) == pytest.approx(1.7)


def test_faces_that_look_inward_are_turned_over(tmp_path: Path) -> None:
    plain = figure()
    inside_out = trimesh.Trimesh(plain.vertices, plain.faces[:, ::-1], process=False)
    character = read(write_figure(tmp_path / "figure.ply", mesh=inside_out))
    assert "turned over" in " ".join(character.notes)
    np.testing.assert_array_equal(character.faces.numpy(), plain.faces)


def test_quads_are_cut_into_triangles(tmp_path: Path) -> None:
    box = [f"v {x} {y} {z}" for x in (-0.4, 0.4) for y in (0, 1.7) for z in (-0.1, 0.1)]
    quads = ["f 1 2 4 3", "f 5 7 8 6", "f 1 5 6 2", "f 3 4 8 7", "f 1 3 7 5", "f 2 6 8 4"]
    (tmp_path / "box.obj").write_text("\n".join([*box, *quads]))
    character = read(tmp_path / "box.obj")
    assert len(character.surface.faces) == 12
    assert len(character.numbered_m) == 8


def broken(path: Path, kind: str) -> Path:
    plain = figure()
    if kind == "points":
        trimesh.PointCloud(plain.vertices).export(path)
    elif kind == "empty":
        path.write_text("ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nend_header\n")
    elif kind == "nan":
        vertices = np.array(plain.vertices)
        vertices[7] = np.nan
        trimesh.Trimesh(vertices, plain.faces, process=False).export(path)
    elif kind == "one point":
        trimesh.Trimesh(np.ones((3, 3)), [[0, 1, 2]], process=False).export(path)
    elif kind == "two people":
        torso, beside = (
            trimesh.creation.capsule(height=1.2, radius=0.2),
            trimesh.creation.capsule(height=1.2, radius=0.2),
        )
        beside.apply_translation([1.5, 0, 0])
        trimesh.util.concatenate([torso, beside]).export(path)
    elif kind == "text":
        path.write_text("no mesh")
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("points", "expected a mesh in .*, got no triangles, as in a cloud of points; export it again, with its faces"),
        ("empty", "expected a mesh,? .*got "),
        ("nan", "expected finite vertices in .*, got 1 that are no numbers; repair the mesh"),
        ("one point", "expected a mesh with some extent in .*, got one point"),
        ("two people", "expected one character in .*, got 2 tall pieces beside each other; keep one of them"),
        ("text", r"expected a mesh, got .*mesh.ply \(.*\); export it again"),
        ("nothing", "expected a mesh, found no file at .*; check the path"),
    ],
)
def test_what_is_no_character_is_refused_in_one_line(kind: str, said: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=said) as refused:
        read(broken(tmp_path / "mesh.ply", kind))
    assert "\n" not in str(refused.value)


def test_more_triangles_than_can_be_solved_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(character_mesh, "MOST_FACES", 100)
    with pytest.raises(ValueError, match=r"expected a mesh of at most 100 triangles, got .*; decimate it first"):
        read(write_figure(tmp_path / "figure.ply"))


def test_an_unknown_suffix_axis_or_height_is_refused(tmp_path: Path) -> None:
    path = write_figure(tmp_path / "figure.ply")
    with pytest.raises(ValueError, match=r"expected a mesh that ends in .obj, .ply, .*, got figure.fbx"):
        read(tmp_path / "figure.fbx")
    with pytest.raises(ValueError, match=r"expected up to be one of auto, x, y, z, .*, got 'w'"):
        read(path, up="w")
    with pytest.raises(ValueError, match="expected a height above 0, got 0"):
        read(path, height_m=0.0)
