"""`train_unpaired` refuses in one line what it cannot learn from, and trains two small folders of meshes."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from arm_wave import write_arm_wave
from mistakes import Failure
from tiny_unpaired import two_tubes

from motion_transfer import cli
from motion_transfer.commands import train_unpaired
from motion_transfer.configuration.compose import compose
from motion_transfer.files.character_mesh import read_character

SMALL = (
    "unpaired.autoencoder.steps=4",
    "unpaired.similarity.steps=4",
    "unpaired.similarity.decoded=4",
    "unpaired.cycle_gan.steps=8",
    "unpaired.sizes.latent=3",
    "unpaired.sizes.map_hidden=[8]",
    "unpaired.sizes.similarity_hidden=[8]",
    "unpaired.light_field.views=2",
    "unpaired.light_field.side_px=24",
    "unpaired.light_field.highest_order=4",
    "progress=none",
    "device=cpu",
)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name, collection in zip(("thin", "thick"), two_tubes(6), strict=True):
        (tmp_path / name).mkdir()
        for number, vertices in enumerate(collection.vertices_m):
            mesh = trimesh.Trimesh(vertices, collection.faces, process=False)
            mesh.export(tmp_path / name / f"{number:02d}.ply")
    return tmp_path / "thin", tmp_path / "thick"


def written(path: Path, vertices: np.ndarray, faces: np.ndarray) -> None:
    trimesh.Trimesh(vertices, faces, process=False).export(path)


@pytest.mark.slow
def test_meshes_that_cannot_be_learned_from_are_told_in_one_line(
    folders: tuple[Path, Path], fails: Failure, tmp_path: Path
) -> None:
    thin, thick = folders
    source, target = two_tubes(6)
    given = ("train_unpaired", str(thin), str(thick), f"folder={tmp_path / 'map'}", *SMALL)
    written(thick / "05.ply", source.vertices_m[0], source.faces)
    assert "expected meshes of one topology, got 05.ply with 50 vertices" in fails(*given)
    broken = target.vertices_m[5].copy()
    broken[3] = np.nan
    written(thick / "05.ply", broken, target.faces)
    assert "expected finite vertices in" in fails(*given)
    fin = np.concatenate([target.faces, [[target.faces[0, 0], target.faces[0, 1], 40]]])
    for path in thick.iterdir():
        written(path, target.vertices_m[int(path.stem)], fin)
    assert "expected edges of at most two triangles" in fails(*given)
    for path in sorted(thick.iterdir())[1:]:
        path.unlink()
    assert "expected 2 to 20,000 meshes" in fails(*given)
    assert "expected a source video or motion file" in fails("train_unpaired", str(tmp_path / "none"), *given[2:])
    assert not (tmp_path / "map").exists()


@pytest.mark.slow
def test_a_motion_and_a_folder_become_a_map_that_moves_the_character(
    folders: tuple[Path, Path], fails: Failure, tmp_path: Path
) -> None:
    thin, thick = folders
    place, wave, output = tmp_path / "map", write_arm_wave(tmp_path / "wave.bvh"), tmp_path / "tube"
    words = (f"source={wave}", f"target={thick}", f"folder={place}", "body=tiny", *SMALL)
    done = train_unpaired.main(compose("train_unpaired", words))
    assert {path.name for path in place.iterdir()} >= {"model.npz", "sheet.png", "latent_walk.png", "report.json"}
    assert np.isfinite(list(done.figures.values())).all()
    driven = ("retargeting/deformation=unpaired", f"model={place}", "body=tiny", "up=y", "progress=none")
    shown = (*driven, "preview.height_px=96", f"output={output}")
    assert "expected a mesh with the" in fails("animate", str(wave), str(thin / "00.ply"), *shown)
    assert "expected the folder of a trained map" in fails(
        "animate", str(wave), str(thick / "00.ply"), *(word for word in shown if not word.startswith("model="))
    )
    cli.run("animate", [str(wave), str(thick / "00.ply"), *shown])
    frames = sorted(output.glob("*.ply"))
    assert len(frames) == 9
    heights = [np.ptp(trimesh.load_mesh(path).vertices[:, 1]) for path in frames]
    np.testing.assert_allclose(
        heights, read_character(thick / "00.ply", up="y", height_m=None).surface.size_m, rtol=0.5
    )


@pytest.mark.slow
def test_the_truth_of_two_folders_goes_into_the_report(folders: tuple[Path, Path], tmp_path: Path) -> None:
    thin, thick = folders
    words = (f"source={thin}", f"target={thick}", f"folder={tmp_path / 'map'}", f"truth={thick}", *SMALL)
    train_unpaired.main(compose("train_unpaired", words))
    report = json.loads((tmp_path / "map" / "report.json").read_text())
    assert report["figures"]["mapped_error_percent"] > 0
    assert report["source"] == {"name": str(thin), "shapes": 6, "vertices": 50}
