"""Missing files and the places to look for them."""

from pathlib import Path

import pytest

from motion_transfer.files.assets import MissingAssetError, cache_dir, find_asset, show_traceback


def test_a_missing_asset_says_in_one_line_what_was_tried_which_setting_and_where_to_get_it() -> None:
    tried = (Path("/nowhere/a.npz"), Path("/nowhere/b.npz"))
    with pytest.raises(MissingAssetError) as caught:
        find_asset("the SMPL model", candidates=tried, setting="body.path", source="https://smpl.is.tue.mpg.de")
    message = str(caught.value)
    for part in ("/nowhere/a.npz", "/nowhere/b.npz", "body.path", "https://smpl.is.tue.mpg.de", "the SMPL model"):
        assert part in message
    assert "\n" not in message
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.tried == tried


def test_the_first_candidate_that_exists_is_found(tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.write_bytes(b"")
    found = find_asset("x", candidates=(tmp_path / "first", second, tmp_path), setting="s", source="w")
    assert found == second


def test_the_cache_folder_follows_the_own_variable_then_the_desktop_then_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MOTION_TRANSFER_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_dir() == tmp_path / "own"
    monkeypatch.delenv("MOTION_TRANSFER_CACHE")
    assert cache_dir() == tmp_path / "xdg" / "motion_transfer"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_dir() == tmp_path / "home" / ".cache" / "motion_transfer"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == tmp_path / "home" / ".cache" / "motion_transfer"


def test_tracebacks_are_shown_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOTION_TRANSFER_TRACEBACK", raising=False)
    assert not show_traceback()
    monkeypatch.setenv("MOTION_TRANSFER_TRACEBACK", "0")
    assert not show_traceback()
    monkeypatch.setenv("MOTION_TRANSFER_TRACEBACK", "1")
    assert show_traceback()
