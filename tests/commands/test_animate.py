"""`animate`: from a motion and a mesh to files, and what it says where one of them is no good."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from arm_wave import write_arm_wave
from mistakes import Failure
from quick_transfer import Transferred
from standing_figure import write_figure

from motion_transfer import cli
from motion_transfer.animation.animate import match
from motion_transfer.body.model import BodyModel
from motion_transfer.body.surface_markers import NAMES
from motion_transfer.files.bodies import load_body
from motion_transfer.files.cache import Cache
from motion_transfer.files.character_mesh import read_character
from motion_transfer.files.video_reader import open_video
from motion_transfer.retargeting.deformation import articulated_fit
from motion_transfer.retargeting.deformation.matching import CharacterMatcher, Markers
from motion_transfer.run import Run

SMALL = ["body=tiny", "device=cpu", "preview.height_px=96", "progress=none"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the body in the figure is found once for all."""
    return tmp_path_factory.mktemp("work")


@pytest.mark.slow
@pytest.mark.parametrize("output", ["wave.glb", "wave", "wave.usdc"])
def test_a_character_waves_in_every_format(
    output: str, work: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if output.endswith("usdc"):
        pytest.importorskip("pxr")
    wave, mesh = write_arm_wave(tmp_path / "wave.bvh"), write_figure(tmp_path / "bear.ply")
    (tmp_path / "out").mkdir()
    words = [str(wave), str(mesh), *SMALL, f"work_dir={work}", f"output={tmp_path / 'out' / output}"]
    body = tmp_path / "bear's body.npz"
    cli.run("animate", [*words, f"character_body={body}"])
    made = {path.name for path in (tmp_path / "out").iterdir()}
    beside = {"wave.preview.mp4", "wave.preview.png", "wave.correspondence.png", "wave.report.json"}
    assert made == {output, *beside}
    video = open_video(tmp_path / "out" / "wave.preview.mp4")
    assert len(video) == 9
    assert (video.size.height, video.size.width) == (96, 192)
    report = json.loads((tmp_path / "out" / "wave.report.json").read_text())
    assert report["quality"]["flipped_faces"] == 0
    assert report["quality"]["distance"] < 1e-4
    assert "y was taken for the axis" in " ".join(report["guessed"])
    said = capfd.readouterr().out
    assert "Planted feet slide" in said
    assert shlex.quote(f"character={body}") in said
    assert len(load_body("character", None, character=body).faces) == report["faces"]
    if output == "wave.glb":
        again = read_character(tmp_path / "out" / output, up="auto", height_m=None)
        assert len(again.faces) == report["faces"]


@pytest.mark.soak
@pytest.mark.slow
def test_a_character_does_the_motion_of_a_video(transferred: Transferred, tmp_path: Path) -> None:
    """From the picture to the mesh: what was found in the source before is found again."""
    mesh, output = write_figure(tmp_path / "bear.ply"), tmp_path / "out" / "bear.glb"
    output.parent.mkdir()
    own = [word for word in transferred.words[2:] if not word.startswith("minutes=")]
    cli.run("animate", [transferred.words[0], str(mesh), *own, "preview.height_px=96", f"output={output}"])
    video, source = open_video(output.with_suffix(".preview.mp4")), transferred.pair
    assert len(video) == source.frames
    assert video.fps == source.fps
    width = round(source.size.width * 96 / source.size.height)
    assert (video.size.height, video.size.width) == (96, 2 * width)
    first = next(iter(video)).astype(float)
    assert np.abs(first[:, :width] - first[:, width:]).mean() > 10  # the source's frame, and the character alone
    report = json.loads(output.with_suffix(".report.json").read_text())
    assert report["quality"]["flipped_share"] < 0.01
    assert report["quality"]["distance"] < 0.01
    assert {"source_detect", "source_fit", "match", "retarget", "deform"} <= set(report["stages"])
    assert len(read_character(output, up="auto", height_m=None).faces) == report["faces"]


@pytest.mark.slow
def test_a_match_is_found_again_until_something_changes(
    tiny_body: BodyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in ("TRIAL_STEPS", "STEPS"):  # how near the body comes does not matter here
        monkeypatch.setattr(articulated_fit, steps, 1)
    character = read_character(write_figure(tmp_path / "bear.ply"), up="y", height_m=None)
    matcher = CharacterMatcher(largest_distance=1.0, largest_distortion=0.65, solver="scipy")
    vertices = character.surface.vertices_m
    marks = Markers(names=("crown",), position_m=vertices[vertices[:, 1].argmax()][None])
    found, cached = [], []
    for markers in (None, None, marks):
        run = Run(Cache(tmp_path / "work"))
        found.append(match(character, markers, tiny_body, matcher, run))
        cached.append(run.costs["match"].cached)
    assert cached == [False, True, False]
    torch.testing.assert_close(found[0].body.rest_vertices_m, found[1].body.rest_vertices_m, atol=0, rtol=0)
    np.testing.assert_array_equal(found[0].reference.vertices_m, found[1].reference.vertices_m)


@pytest.mark.slow
def test_the_names_of_markers_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    cli.run("markers", [])
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    cli.run("markers", ["like=knee"])
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == ["left_knee", "right_knee"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("output=dance.fbx", "expected an output that ends in .glb, .usdc, or a folder for .ply files, got dance.fbx"),
        ("character_body=bear.obj", "expected an output file that ends in .npz, got bear.obj"),
        ("up=w", "expected up to be one of auto, x, y, z, -x, -y, -z, got 'w'"),
        ("height_m=-1", "expected a height above 0, got -1"),
        ("preview.camera=above", "expected camera to be one of auto, turntable, front, source, got 'above'"),
        ("preview.height_px=3", "expected preview.height_px to be a whole number of at least 16"),
        ("deformation.anchor_length=0", "expected deformation.anchor_length to be a number above 0"),
        ("deformation.solver=qr", "expected a solver out of auto, scipy, cholespy, got 'qr'"),
        ("matching.largest_distortion=0", "expected matching.largest_distortion to be a number above 0"),
        ("retargeting/deformation=laplace", "expected retargeting/deformation to be one of sumner_popovic"),
        ("fps=0", "expected fps to be a number above 0"),
        ("markers=none.json", "expected names of markers with a vertex number each, found no file at none.json"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_before_any_work(
    setting: str, said: str, fails: Failure, tmp_path: Path
) -> None:
    wave, mesh = write_arm_wave(tmp_path / "wave.bvh"), write_figure(tmp_path / "bear.ply")
    assert said in fails("animate", wave, mesh, *SMALL, f"work_dir={tmp_path / 'work'}", setting)
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
def test_a_marker_beyond_the_mesh_is_told(fails: Failure, tmp_path: Path) -> None:
    wave, mesh = write_arm_wave(tmp_path / "wave.bvh"), write_figure(tmp_path / "bear.ply")
    (tmp_path / "marks.json").write_text('{"nose": 99999}')
    assert "got 99999 for 'nose'" in fails("animate", wave, mesh, *SMALL, f"markers={tmp_path / 'marks.json'}")


@pytest.mark.slow
def test_an_input_that_is_not_given_is_asked_for(fails: Failure, tmp_path: Path) -> None:
    assert "no source was given; type: motion-transfer animate SOURCE MESH" in fails("animate")
    assert "expected a mesh of a character, found no file at bear.glb" in fails(
        "animate", write_arm_wave(tmp_path / "wave.bvh"), "bear.glb"
    )
