import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyShape
from motion_transfer.files.meshes import Atlas, Mesh, read_mesh, write_mesh, write_textured_body

FORMATS = ["mesh.glb", "mesh.obj", "mesh.ply", "a mesh.OBJ"]


def checkered(height: int = 8, width: int = 16) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def square(*, seam: bool) -> Mesh:
    """Two triangles; with a seam their common edge lies twice in the texture."""
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.5]])
    faces = torch.tensor([[0, 1, 2], [0, 2, 3]])
    uv = torch.tensor([[0.0, 0.25], [1, 0.25], [1, 0], [0, 0], [0.125, 1], [0.875, 0.5]])
    uv_faces = torch.tensor([[0, 1, 2], [4, 5, 3] if seam else [0, 2, 3]])
    return Mesh(vertices_m=corners, faces=faces, atlas=Atlas(uv=uv, uv_faces=uv_faces, texture=checkered()))


def without_atlas(mesh: Mesh) -> Mesh:
    return Mesh(vertices_m=mesh.vertices_m, faces=mesh.faces)


def assert_same_triangles(found: Mesh, expected: Mesh) -> None:
    torch.testing.assert_close(found.vertices_m[found.faces], expected.vertices_m[expected.faces], rtol=0, atol=1e-6)


def assert_same_atlas(found: Atlas | None, expected: Atlas | None) -> None:
    assert found is not None
    assert expected is not None
    torch.testing.assert_close(found.uv[found.uv_faces], expected.uv[expected.uv_faces], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found.texture, expected.texture)


@pytest.mark.parametrize("name", FORMATS)
def test_a_mesh_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    mesh = without_atlas(square(seam=False))
    write_mesh(tmp_path / name, mesh)
    found = read_mesh(tmp_path / name)
    assert torch.equal(found.faces, mesh.faces)
    assert found.atlas is None
    assert_same_triangles(found, mesh)


@pytest.mark.parametrize("name", [name for name in FORMATS if not name.endswith("ply")])
@pytest.mark.parametrize("seam", [False, True])
def test_a_texture_lies_as_it_lay_on_both_sides_of_a_seam(name: str, seam: bool, tmp_path: Path) -> None:
    mesh = square(seam=seam)
    write_mesh(tmp_path / name, mesh)
    found = read_mesh(tmp_path / name)
    assert len(found.vertices_m) == (6 if seam else 4)
    assert_same_triangles(found, mesh)
    assert_same_atlas(found.atlas, mesh.atlas)


def test_a_glb_counts_v_down_and_an_obj_counts_it_up(tmp_path: Path) -> None:
    """glTF 2.0, section 3.8.3, puts the origin into the upper left corner of the picture; OBJ into the lower left."""
    mesh = square(seam=False)
    assert mesh.atlas is not None
    expected = sorted(tuple(row) for row in mesh.atlas.uv[:4].tolist())
    write_mesh(tmp_path / "mesh.obj", mesh)
    lines = [line.split() for line in (tmp_path / "mesh.obj").read_text().splitlines()]
    assert sorted((float(w[1]), 1 - float(w[2])) for w in lines if w[:1] == ["vt"]) == expected
    write_mesh(tmp_path / "mesh.glb", mesh)
    data = (tmp_path / "mesh.glb").read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    accessor = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]]
    view = document["bufferViews"][accessor["bufferView"]]
    start = 20 + length + 8 + view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    values = np.frombuffer(data, "<f4", 2 * accessor["count"], start).reshape(-1, 2)
    assert sorted(map(tuple, values.tolist())) == expected


def test_an_obj_names_its_picture_beside_it(tmp_path: Path) -> None:
    write_mesh(tmp_path / "my body.obj", square(seam=False))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my body.obj", "my_body.mtl", "my_body.png"]


def test_a_body_is_written_at_rest_with_its_texture(tiny_body: BodyModel, tmp_path: Path) -> None:
    shape = BodyShape(betas=torch.linspace(-1, 1, 10), clothing_offset_m=torch.full((24,), 0.01))
    body, texture = shape_body(tiny_body, shape), checkered(32, 32)
    write_textured_body(tmp_path / "body.glb", body, texture)
    found = read_mesh(tmp_path / "body.glb")
    assert_same_triangles(found, Mesh(vertices_m=body.rest_vertices_m, faces=tiny_body.faces))
    assert_same_atlas(found.atlas, Atlas(uv=tiny_body.uv, uv_faces=tiny_body.uv_faces, texture=texture))


def test_a_ply_file_with_a_texture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.glb or \.obj"):
        write_mesh(tmp_path / "mesh.ply", square(seam=False))
    assert not list(tmp_path.iterdir())


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    for attempt in (lambda path: write_mesh(path, square(seam=False)), read_mesh):
        with pytest.raises(ValueError, match=r"ends in \.glb, \.obj, \.ply, got mesh\.fbx"):
            attempt(tmp_path / "mesh.fbx")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"expected a mesh, found no file at .*mesh\.glb"):
        read_mesh(tmp_path / "mesh.glb")


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_holds_no_mesh_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"not a mesh\n" * 20)
    with pytest.raises(ValueError, match=r"expected a mesh, got|expected a mesh in .*, got no triangles") as mistake:
        read_mesh(tmp_path / name)
    assert "\n" not in str(mistake.value)
