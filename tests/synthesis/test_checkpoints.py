"""Checkpoints are whole or not there."""

import os
import tempfile
from pathlib import Path

import pytest
import torch

from motion_transfer.synthesis.training import WholeCheckpoints


def test_a_checkpoint_comes_back_and_leaves_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", lambda *_, **__: pytest.fail("another disk is used on the way"))
    path = tmp_path / "new" / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"weights": torch.arange(3)}, path)
    assert torch.equal(WholeCheckpoints().load_checkpoint(path, weights_only=True)["weights"], torch.arange(3))
    assert os.listdir(path.parent) == ["last.ckpt"]


def test_where_writing_fails_the_checkpoint_before_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"step": 1}, path)
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="expected room on the disk"):
        WholeCheckpoints().save_checkpoint({"step": 2}, path)
    assert WholeCheckpoints().load_checkpoint(path)["step"] == 1
    assert os.listdir(tmp_path) == ["last.ckpt"]
