import shutil
from functools import partial
from pathlib import Path

import pytest
import torch
from small_footage import GENERATOR, small_footage
from small_performer import small_performer

from motion_transfer.body.model import BodyModel
from motion_transfer.files.manifest import MANIFEST
from motion_transfer.files.meshes import read_mesh
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.storage import MESH, PARTS, load_performer, save_performer
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.generators.unet import UNetGenerator


@pytest.fixture(scope="module")
def saved(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Performer]:
    folder: Path = tmp_path_factory.mktemp("performers") / "somebody"
    channels = make_map_renderer("smpl", tiny_body).channels
    performer = small_performer(small_footage(tiny_body), tiny_body, UNetGenerator(channels, **GENERATOR), held_out=2)
    save_performer(folder, performer, generator_spec(partial(UNetGenerator, **GENERATOR), channels), {})
    return folder, performer


def test_a_performer_is_one_folder_of_known_files(saved: tuple[Path, Performer]) -> None:
    assert sorted(path.name for path in saved[0].iterdir()) == sorted(PARTS)


def test_a_performer_can_be_looked_at_in_a_viewer_of_3d_files(saved: tuple[Path, Performer]) -> None:
    folder, performer = saved
    mesh, body = read_mesh(folder / MESH), performer.body
    torch.testing.assert_close(mesh.vertices_m[mesh.faces], body.rest_vertices_m[body.model.faces], rtol=0, atol=1e-6)
    assert mesh.atlas is not None
    texture = torch.from_numpy(mesh.atlas.texture).permute(2, 0, 1) / 255
    torch.testing.assert_close(texture, performer.texture.rgb, rtol=0, atol=0.5001 / 255)


def test_the_mesh_is_not_needed_to_use_a_performer(saved: tuple[Path, Performer], tmp_path: Path) -> None:
    folder, performer = saved
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        if path.name != MESH:
            (copy / path.name).write_bytes(path.read_bytes())
    assert torch.equal(load_performer(copy).facts.motion.shape.betas, performer.facts.motion.shape.betas)


@pytest.mark.parametrize("name", [name for name in PARTS if name not in (MESH, MANIFEST)])
def test_a_folder_in_which_a_file_has_changed_is_refused_with_its_name(
    name: str, saved: tuple[Path, Performer], tmp_path: Path
) -> None:
    copy = shutil.copytree(saved[0], tmp_path / "copy")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"expected .* as it was written, got .*, where {name} has changed; copy"):
        load_performer(copy)
    (copy / name).write_bytes(content[:-1])
    with pytest.raises(ValueError, match=f"where {name} has {len(content) - 1} bytes in place of {len(content)}"):
        load_performer(copy)
    (copy / name).unlink()
    with pytest.raises(ValueError, match=rf"{name} is missing|got .* without {name}"):
        load_performer(copy)


def test_a_folder_without_its_manifest_is_refused(saved: tuple[Path, Performer], tmp_path: Path) -> None:
    copy = shutil.copytree(saved[0], tmp_path / "copy")
    (copy / MANIFEST).unlink()
    with pytest.raises(
        ValueError, match=r"where manifest\.json is missing or damaged; copy the folder again, or learn"
    ):
        load_performer(copy)
