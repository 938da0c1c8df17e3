"""Tensors that torch wrote are read, and nothing else of such a file is."""

from pathlib import Path

import pytest
import torch
from crafted_files import CANARY, Command

from motion_transfer.files.plain_tensors import read_plain_tensors


def test_tensors_and_numbers_come_back(tmp_path: Path) -> None:
    torch.save({"weight": torch.arange(3.0), "step": 5}, tmp_path / "state.pt")
    found = read_plain_tensors(tmp_path / "state.pt", "a state")
    assert found["step"] == 5
    assert torch.equal(found["weight"], torch.arange(3.0))


def test_code_is_not_run_and_other_content_is_told(tmp_path: Path) -> None:
    torch.save({"step": Command(tmp_path)}, tmp_path / "planted.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "text.pt").write_text("not tensors")
    for name in ("planted.pt", "list.pt", "text.pt"):
        with pytest.raises(ValueError, match=rf"expected a state, got .*{name}"):
            read_plain_tensors(tmp_path / name, "a state")
    assert not (tmp_path / CANARY).exists()
