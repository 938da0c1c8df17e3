"""Three hundred damaged motion files: each reads to a finite motion, or is refused in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mutations import damaged, reworded
from skeleton_files import write_person
from test_other_formats import amass, gvhmr, phalp, wham
from test_skeleton_formats import write_amc, write_asf, write_glb, write_trc
from tiny_walks import walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.export.export import ExportSettings, export_motion
from motion_transfer.motion_files.motion_reader import MotionReader
from motion_transfer.stages import SourceMotion

BVH, OTHERS = 100, 20


def fate(path: Path, model: BodyModel) -> str:
    """What came of a file: `read`, or the line that refused it."""
    try:
        motion = MotionReader().open(path).on_body(model)
    except (ValueError, FileNotFoundError) as refused:
        said = str(refused)
        assert said
        assert "\n" not in said
        assert "Error:" not in said or "expected" in said
        return said
    assert motion.pose.parent_from_joint.isfinite().all()
    assert motion.pose.root_position_m.isfinite().all()
    determinants = torch.linalg.det(motion.pose.parent_from_joint)
    assert torch.allclose(determinants, torch.ones_like(determinants), atol=1e-2)
    return "read"


@pytest.mark.slow
@pytest.mark.parametrize("change", [damaged, reworded])
def test_a_damaged_bvh_is_read_or_refused(change: Callable, tmp_path: Path, tiny_body: BodyModel) -> None:
    whole, path = write_person(tmp_path / "whole.bvh", frames=4), tmp_path / "a.bvh"
    fates = []
    for seed in range(BVH):
        if change is damaged:
            path.write_bytes(damaged(whole.read_bytes(), seed))
        else:
            path.write_text(reworded(whole.read_text(), seed))
        fates.append(fate(path, tiny_body))
    refused = [one for one in fates if one != "read"]
    assert len(refused) > BVH / 4
    assert sum("line " in one for one in refused) > len(refused) / 2


def own(suffix: str) -> Callable[[Path, BodyModel], None]:
    def write(path: Path, model: BodyModel) -> None:
        motion = walk(model, seconds=0.5)
        source = SourceMotion(name="walk", motion=motion, body=shape_body(model, motion.shape))
        export_motion(source, path.with_suffix(suffix), ExportSettings(), fps=None)

    return write


def beside(write: Callable[[Path, Path], None]) -> Callable[[Path, BodyModel], None]:
    return lambda path, model: write(path, path.parent)


def amc(path: Path, model: BodyModel) -> None:
    write_asf(path.with_suffix(".asf"))
    write_amc(path)


FORMATS: dict[str, Callable[[Path, BodyModel], None]] = {
    "amass.npz": lambda path, model: amass(path),
    "own.npz": own(".npz"),
    "own.glb": own(".glb"),
    "nodes.glb": beside(write_glb),
    "gvhmr.pt": lambda path, model: gvhmr(path),
    "wham.pkl": lambda path, model: wham(path),
    "phalp.pkl": lambda path, model: phalp(path),
    "walk.amc": amc,
    "markers.trc": beside(write_trc),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_any_other_damaged_motion_is_read_or_refused(name: str, tmp_path: Path, tiny_body: BodyModel) -> None:
    path = tmp_path / name
    FORMATS[name](path, tiny_body)
    assert fate(path, tiny_body) == "read"
    whole = path.read_bytes()
    for seed in range(OTHERS):
        path.write_bytes(damaged(whole, seed))
        fate(path, tiny_body)


@pytest.mark.parametrize("name", [*FORMATS, "a.bvh"])
def test_an_empty_file_and_a_folder_are_refused(name: str, tmp_path: Path, tiny_body: BodyModel) -> None:
    (tmp_path / name).write_bytes(b"")
    if name.endswith("amc"):
        write_asf((tmp_path / name).with_suffix(".asf"))
    assert fate(tmp_path / name, tiny_body) != "read"
    (tmp_path / "folder" / name).mkdir(parents=True)
    assert fate(tmp_path / "folder" / name, tiny_body) != "read"


def test_a_file_of_gigabytes_is_refused_unread(tmp_path: Path, tiny_body: BodyModel) -> None:
    for suffix in (".bvh", ".pkl", ".npz", ".glb"):
        path = tmp_path / f"large{suffix}"
        with path.open("wb") as file:
            file.truncate(2**31)
        assert "of at most" in fate(path, tiny_body)
