"""The cache: computed once, whole or absent, and keyed by content."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from motion_transfer.domain.camera import Box
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.cache import Cache
from motion_transfer.files.replacing import replacing

BOX = Box(left=0, top=1, width=2, height=3)


def results(folder: Path) -> list[str]:
    """What is there beside the files of locks."""
    return sorted(path.name for path in folder.iterdir() if path.suffix not in (".lock", ".owner"))


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
    assert results(tmp_path / "box") == [key]


def test_a_value_of_another_class_is_computed_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = Cache(tmp_path)
    cache.record("box", "k", ImageSize, lambda: ImageSize(height=1, width=1))
    assert cache.record("box", "k", Box, lambda: BOX)[1] is False
    assert "a ImageSize" in caplog.text
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


def test_use_is_noted_and_a_cache_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    path, _ = Cache(tmp_path).folder("frames", "k", lambda _: None)
    os.utime(path, (0, 0))
    Cache(tmp_path).folder("frames", "k", lambda _: None)
    assert path.stat().st_mtime > 0


def test_unfinished_work_goes_on_and_can_be_discarded(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for steps in ("one", "two"):
        with cache.work_folder("training", "k") as work:
            (work / steps).touch()
    assert {"one", "two"} <= set(results(tmp_path / "training" / "k"))
    for _ in range(2):  # the second time nothing is there
        cache.discard("training", "k")
    assert cache.find("training", "k") is None


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
    assert results(path) == ["manifest.json", "whole"]
    assert set(results(tmp_path / "frames")) == {"killed", "other"}


def test_what_nobody_owns_is_removed_and_what_a_living_process_owns_stays(tmp_path: Path) -> None:
    """Whatever the names say: process ids and host names of containers mean nothing outside."""
    (tmp_path / "frames").mkdir()
    for name in (".k.partial-elsewhere-1", ".k.partial-host-99999999999999999999", ".k.partial-0a1b2c3d"):
        (tmp_path / "frames" / name).mkdir()
    (tmp_path / "frames" / ".k.partial-0a1b2c3d.owner").touch()
    with replacing(tmp_path / "frames" / "k") as owned:
        owned.mkdir()
        Cache(tmp_path).folder("frames", "a", lambda _: None)
        assert set(results(tmp_path / "frames")) == {owned.name, "a"}
    assert set(os.listdir(tmp_path / "frames")) == {"k", "a", ".a.lock"}


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
