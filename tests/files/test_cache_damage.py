"""An entry of the cache that was damaged after it was stored is noticed when it is used, said, and computed again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from motion_transfer.domain.camera import Box
from motion_transfer.files.cache import Cache
from motion_transfer.files.manifest import MANIFEST, find_damage, write_manifest

BOX = Box(left=0, top=1, width=2, height=3)
Damage = Callable[[Path], None]  # of the file that matters most, or of what is around it


def get_record(folder: Path) -> tuple[object, bool]:
    found, cached = Cache(folder).record("box", "k", Box, lambda: BOX)
    return (found.left, found.top, found.width, found.height), cached


def get_folder(folder: Path) -> tuple[object, bool]:
    def fill(entry: Path) -> None:
        (entry / "value.npz").write_bytes(bytes(range(256)) * 16)
        (entry / "deep").mkdir()
        (entry / "deep" / "file").write_text("content")

    path, cached = Cache(folder).folder("box", "k", fill)
    return ((path / "value.npz").read_bytes(), (path / "deep" / "file").read_text()), cached


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def lengthen(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\0")


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def zero(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:100] + bytes(len(content) - 200) + content[-100:])


def take_away(file: Path) -> None:
    file.unlink()


def make_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def link(file: Path) -> None:
    elsewhere = file.parents[2] / "elsewhere"
    shutil.move(file, elsewhere)
    file.symlink_to(elsewhere)


def lose_the_manifest(file: Path) -> None:
    (file.parent / MANIFEST).unlink()


def cut_the_manifest(file: Path) -> None:
    cut(file.parent / MANIFEST)


def empty_the_manifest(file: Path) -> None:
    (file.parent / MANIFEST).write_text("[]")


def point_outside(file: Path) -> None:
    manifest = file.parent / MANIFEST
    manifest.write_text(manifest.read_text().replace("value.npz", "../k/value.npz"))


def leave_an_empty_folder(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.mkdir()


def put_a_file_in_its_place(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.write_text("no folder")


DAMAGES = (cut, empty, lengthen, flip_a_bit, zero, take_away, make_a_folder, link, lose_the_manifest, cut_the_manifest)
DAMAGES += (empty_the_manifest, point_outside, leave_an_empty_folder, put_a_file_in_its_place)


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("get", [get_record, get_folder])
def test_damage_is_said_once_and_mended(
    get: Callable[[Path], tuple[object, bool]], damage: Damage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, _ = get(tmp_path)
    assert get(tmp_path) == (whole, True)
    damage(tmp_path / "box" / "k" / "value.npz")
    assert get(tmp_path) == (whole, False)
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith(f"computing box again: what is stored in {tmp_path / 'box' / 'k'} is damaged (")
    assert get(tmp_path) == (whole, True)
    assert sorted(path.name for path in (tmp_path / "box").iterdir()) == [".k.lock", "k"]


def test_files_that_came_later_are_no_damage(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("content")
    write_manifest(tmp_path, {"of": "a test"})
    (tmp_path / "thumbnail").write_text("of a file manager")
    assert find_damage(tmp_path) is None


def test_a_manifest_that_names_a_device_is_no_way_to_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / MANIFEST).write_text('{"about": {}, "files": {"pipe": {"bytes": 0, "digest": ""}}}')
    assert find_damage(tmp_path) == "pipe is missing"
