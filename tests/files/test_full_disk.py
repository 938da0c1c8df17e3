"""A full disk is told in one line wherever it is met, and nothing half done is left."""

import errno
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.domain.video import ImageSize
from motion_transfer.files.cache import Cache
from motion_transfer.files.memory_maps import new_memory_map, save_array
from motion_transfer.files.npz import write_npz
from motion_transfer.files.pictures import write_png
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.synthesis.checkpoints import PlainCheckpoints

ROOM = 1 << 20  # bytes of the small disk
MUCH = np.random.default_rng(0).integers(0, 255, (1200, 1200, 3), np.uint8)  # does not get smaller


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError as failure:
        pytest.skip(f"no small disk can be mounted here: {failure}")
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def map_crops(folder: Path) -> None:
    mapped = new_memory_map(folder / "rgb.npy", MUCH.shape, np.uint8)
    mapped[:] = MUCH


def in_cache(fill: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: [Cache(folder).folder("crop", "k", fill)].clear()


def film(folder: Path) -> None:
    size = ImageSize(height=1200, width=1200)
    with VideoWriter(folder / "out.mp4", size=size, fps=Fraction(25)) as writer:
        for _ in range(40):
            writer.write(MUCH)


WRITERS: dict[str, Callable[[Path], None]] = {
    "memory maps": in_cache(map_crops),
    "arrays": in_cache(lambda folder: save_array(folder / "trusted.npy", MUCH)),
    "compressed arrays": in_cache(lambda folder: write_npz(folder / "plate.npz", {"rgb": MUCH}, compressed=True)),
    "pictures": lambda folder: write_png(folder / "picture.png", MUCH),
    "checkpoints": lambda folder: PlainCheckpoints().save_checkpoint({"weights": MUCH}, folder / "last.ckpt"),
    "video": film,
}


@pytest.mark.subprocess
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_is_one_line_and_nothing_half_done(write: Callable[[Path], None], small_disk: Path) -> None:
    with pytest.raises(OSError, match=r"expected room on the disk for .+, got none; free some space") as full:
        write(small_disk)
    assert full.value.errno in (errno.ENOSPC, errno.EDQUOT)
    left = [path for path in small_disk.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []


def test_a_map_has_all_of_its_room_from_the_start(tmp_path: Path) -> None:
    mapped = new_memory_map(tmp_path / "map.npy", (500, 500), np.uint8)
    assert not mapped.any()
    found = (tmp_path / "map.npy").stat()
    assert found.st_blocks * 512 >= found.st_size > 250_000


def test_a_saved_array_is_what_numpy_reads(tmp_path: Path) -> None:
    for array in (MUCH[:3, ::2], np.full((2, 3), True), np.zeros((0, 4), np.float32)):
        save_array(tmp_path / "array.npy", array)
        assert np.array_equal(np.load(tmp_path / "array.npy", mmap_mode="r" if array.size else None), array)
