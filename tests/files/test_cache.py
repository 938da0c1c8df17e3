"""The cache: computed once, whole or absent, and keyed by content."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from motion_transfer.domain.camera import Box
from motion_transfer.files.cache import Cache

BOX = Box(left=0, top=1, width=2, height=3)


def results(folder: Path) -> list[str]:
    """What is there beside the lock files."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_value_is_computed_once(tmp_path: Path) -> None:
    computed = 0

    def compute() -> Box:
        nonlocal computed
        computed += 1
        return BOX

    key = Cache(tmp_path).key("settings", 1)
    first, first_cached = Cache(tmp_path).record("box", key, Box, compute)
    second, second_cached = Cache(tmp_path).record("box", key, Box, compute)
    assert (first_cached, second_cached, computed) == (False, True, 1)
    assert (first.top, second.top) == (1, 1)
    assert results(tmp_path / "box") == [f"{key}.npz"]


def test_a_damaged_value_is_computed_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.record("box", "k", Box, lambda: BOX)
    (tmp_path / "box" / "k.npz").write_bytes(b"damaged")
    assert cache.record("box", "k", Box, lambda: BOX)[1] is False
    assert cache.record("box", "k", Box, lambda: BOX)[1] is True


def test_a_failed_computation_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_bytes(b"")
        raise RuntimeError("no luck")

    with pytest.raises(RuntimeError, match="no luck"):
        Cache(tmp_path).folder("frames", "k", fail)
    assert results(tmp_path / "frames") == []


def test_a_folder_is_filled_once(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("content")

    path, cached = Cache(tmp_path).folder("frames", "k", fill)
    again, cached_again = Cache(tmp_path).folder("frames", "k", fill)
    assert (cached, cached_again) == (False, True)
    assert path == again
    assert (path / "deep" / "file").read_text() == "content"


@pytest.mark.subprocess
def test_a_kill_leaves_nothing_that_is_taken_for_a_result_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from motion_transfer.files.cache import Cache\n"
        "def fill(folder):\n"
        "    (folder / 'half').write_text('x'); print('filling', flush=True); time.sleep(60)\n"
        "Cache(Path(sys.argv[1])).folder('frames', 'killed', fill)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"filling\n"
        during = results(tmp_path / "frames")
        assert len(during) == 1
        Cache(tmp_path).folder("frames", "other", lambda folder: (folder / "whole").touch())
        assert set(results(tmp_path / "frames")) == {*during, "other"}  # a living run keeps its own
        process.send_signal(signal.SIGKILL)
    assert set(results(tmp_path / "frames")) == {*during, "other"}
    path, cached = Cache(tmp_path).folder("frames", "killed", lambda folder: (folder / "whole").touch())
    assert not cached
    assert results(path) == ["whole"]
    assert set(results(tmp_path / "frames")) == {"killed", "other"}


def test_what_another_machine_left_is_removed_only_when_it_is_old(tmp_path: Path) -> None:
    left = tmp_path / "frames" / ".k.partial-elsewhere-1"
    left.mkdir(parents=True)
    cache = Cache(tmp_path)
    cache.folder("frames", "a", lambda _: None)
    assert left.exists()
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    cache.folder("frames", "b", lambda _: None)
    assert not left.exists()


def test_a_key_follows_the_content_of_files_and_values_and_nothing_else(tmp_path: Path) -> None:
    key = Cache(tmp_path).key
    (tmp_path / "one").write_text("content")
    (tmp_path / "copy").write_text("content")
    (tmp_path / "edited").write_text("Content")
    assert key(tmp_path / "one") == key(tmp_path / "copy") != key(tmp_path / "edited")
    assert key({"a": 1, "b": [2.5, None]}) == key({"b": [2.5, None], "a": 1}) != key({"a": 2, "b": [2.5, None]})
    assert key(BOX) == key(Box(left=0, top=1, width=2, height=3)) != key(Box(left=1, top=1, width=2, height=3))
    assert key(torch.ones(2)) == key(torch.ones(2)) != key(torch.zeros(2))
    assert key("ab", "c") != key("a", "bc")
    assert key("1") != key(1)
    assert key(str(tmp_path / "one")) != key(tmp_path / "one")


def test_parts_and_names_that_make_no_key_are_refused(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="expected a file"):
        cache.key(tmp_path / "missing")
    with pytest.raises(ValueError, match="JSON"):
        cache.key({"a": object()})
    for name, key in (("../out", "k"), ("a", "b/c"), ("", "k")):
        with pytest.raises(ValueError, match="name of the cache"):
            cache.folder(name, key, lambda _: None)
