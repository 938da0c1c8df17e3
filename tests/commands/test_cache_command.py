"""`cache` says what is kept of which clip, and removes the least recently used first; never under a run's feet."""

import os
import time
from pathlib import Path

import pytest
from mistakes import Failure

from motion_transfer import cli
from motion_transfer.files.cache import Cache
from motion_transfer.files.cache_contents import cache_entries, superfluous

MB, DAY_S = 10**6, 86400


def keep(folder: Path, step: str, about: str, *, mb: int, days: float) -> Path:
    """A result that was used so many days ago."""
    cache = Cache(folder)
    path, _ = cache.folder(step, cache.key(step, about), lambda new: _fill(new, mb), about=about)
    long_ago = time.time() - days * DAY_S
    os.utime(path, (long_ago, long_ago))
    return path


def _fill(folder: Path, mb: int) -> None:
    (folder / "content").write_bytes(bytes(mb * MB))


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Path]:
    return {
        "old": keep(tmp_path, "detect", "anna.mp4 (3fa2b1)", mb=3, days=40),
        "plate": keep(tmp_path, "plate", "anna.mp4 (3fa2b1)", mb=2, days=2),
        "performer": keep(tmp_path, "learn", "performer of anna.mp4 (3fa2b1)", mb=1, days=1.5),
    }


def command(folder: Path, capfd: pytest.CaptureFixture[str], *words: str) -> list[str]:
    cli.run("cache", [f"work_dir={folder}", *words])
    return capfd.readouterr().out.splitlines()


def test_sizes_are_listed_by_clip_and_by_performer(
    kept: dict[str, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, capfd) == [
        "     6 MB  anna.mp4 (3fa2b1): detect, plate; used 2 days ago",
        "     2 MB  performer of anna.mp4 (3fa2b1): learn; used yesterday",
        f"In all 7 MB in {tmp_path}",
    ]
    assert all(path.exists() for path in kept.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["older_than=30"], {"old"}),
        (["older_than=1.8"], {"old", "plate"}),
        (["max_size=0.004"], {"old"}),
        (["max_size=0.0029"], {"old", "plate"}),
        (["max_size=1", "older_than=100"], set()),
        (["all=true"], {"old", "plate", "performer"}),
    ],
)
def test_what_is_not_needed_is_removed(
    words: list[str], gone: set[str], kept: dict[str, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = command(tmp_path, capfd, *words)
    assert {name for name, path in kept.items() if not path.exists()} == gone
    assert lines[0].endswith(f"in {len(gone)} results.")
    assert {path.name for path in tmp_path.glob("*/.*.lock")} == {
        f".{path.name}.lock" for name, path in kept.items() if name not in gone
    }


def test_bodies_and_clips_of_a_prepared_folder_stay(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("bodies/free.npz", "data/anna/anna.mp4", "versions.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    earlier = tmp_path / "detect" / f"{'0' * 32}.npz"
    earlier.parent.mkdir()
    earlier.write_bytes(bytes(MB))
    assert command(tmp_path, capfd)[0].startswith("     1 MB  of an earlier version: detect")
    command(tmp_path, capfd, "all=true")
    assert (tmp_path / "data" / "anna" / "anna.mp4").exists()
    assert (tmp_path / "bodies" / "free.npz").exists()
    assert not earlier.exists()


def test_what_killed_runs_left_is_removed_with_the_rest(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "detect" / ".k.partial-01234567").mkdir(parents=True)
    command(tmp_path, capfd, "older_than=1")
    assert os.listdir(tmp_path / "detect") == []


def test_nothing_is_removed_while_a_run_uses_the_cache(kept: dict[str, Path], tmp_path: Path, fails: Failure) -> None:
    run = Cache(tmp_path)
    run.folder("detect", kept["old"].name, lambda _: None)
    said = fails("cache", f"work_dir={tmp_path}", "all=true")
    assert f"expected a cache that no run uses, got {tmp_path}, which one uses" in said
    assert all(path.exists() for path in kept.values())
    del run
    cli.run("cache", [f"work_dir={tmp_path}", "all=true"])
    assert not any(path.exists() for path in kept.values())


@pytest.mark.parametrize("word", ["older_than=-1", "max_size=nan", "max_size=inf", "older_than=many", "max_size=true"])
def test_limits_that_are_none_are_refused(word: str, fails: Failure, tmp_path: Path) -> None:
    assert f"expected {word.partition('=')[0]} to be a number of at least 0" in fails("cache", word)


def test_a_cache_that_is_not_there_is_empty(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["all=true"]):
        assert command(tmp_path / "none", capfd, *words)[-1] == f"In all 0 MB in {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()


def test_a_limit_is_exact(kept: dict[str, Path], tmp_path: Path) -> None:
    entries = cache_entries(tmp_path)
    whole = sum(entry.size_bytes for entry in entries)
    assert superfluous(entries, older_than_s=None, max_bytes=whole) == []
    assert len(superfluous(entries, older_than_s=None, max_bytes=whole - 1)) == 1
