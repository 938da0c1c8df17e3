"""Checkpoints are whole or not there, and hold nothing but numbers, text and tensors."""

import errno
import os
import pickle
import tempfile
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from motion_transfer.synthesis.checkpoints import PlainCheckpoints, read_checkpoint

STATE: dict[str, Any] = {
    "epoch": 3,
    "state_dict": OrderedDict(weight=torch.arange(3), half=torch.ones(2).bfloat16()),
    "optimizer_states": [{"state": {0: {"step": torch.tensor(2.0)}}, "param_groups": [{"betas": (0.5, 0.9)}]}],
    "callbacks": {"Stopping{'patience': 3}": defaultdict(int, waited=1), "best": None, "path": "a/best.ckpt"},
    "history": [{"psnr": np.float64(20.5)}],
}


def save(path: Path, **changes: Any) -> None:
    PlainCheckpoints().save_checkpoint(STATE | changes, path)


def test_a_checkpoint_comes_back_and_leaves_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", lambda *_, **__: pytest.fail("another disk is used on the way"))
    path = tmp_path / "new" / "last.ckpt"
    save(path)
    back = PlainCheckpoints().load_checkpoint(path)
    assert list(back) == list(STATE)
    for name, weight in STATE["state_dict"].items():
        assert torch.equal(back["state_dict"][name], weight)
    (optimizer,) = back["optimizer_states"]
    assert optimizer["state"][0]["step"] == 2
    assert optimizer["param_groups"] == STATE["optimizer_states"][0]["param_groups"]
    assert back["callbacks"] == STATE["callbacks"]
    assert back["history"] == STATE["history"]
    assert os.listdir(path.parent) == ["last.ckpt"]


def test_where_writing_fails_the_checkpoint_before_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.ckpt"
    save(path, epoch=1)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="expected room on the disk"):
        save(path, epoch=2)
    assert read_checkpoint(path)["epoch"] == 1
    assert os.listdir(tmp_path) == ["last.ckpt"]


def test_what_is_no_plain_value_is_refused_when_a_checkpoint_is_written(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"expected Checkpoint\.state\['callbacks'\]\['mine'\] to be a number, .*got type"
    ):
        save(tmp_path / "last.ckpt", callbacks={"mine": type(tmp_path)})
    assert not list(tmp_path.iterdir())


class Command:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    attack = {**STATE, "callbacks": Command(tmp_path / "was_here")}
    torch.save(attack, tmp_path / "torch.ckpt")
    (tmp_path / "pickle.ckpt").write_bytes(pickle.dumps(attack))
    for path in tmp_path.glob("*.ckpt"):
        with pytest.raises(
            ValueError, match=r"expected a stored Checkpoint, got .*; it is damaged or of another"
        ) as no:
            read_checkpoint(path)
        assert "\n" not in str(no.value)
    assert not (tmp_path / "was_here").exists()
