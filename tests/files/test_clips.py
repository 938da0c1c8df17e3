"""What a clip may be: files of any kind, folders of pictures, and what is none."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numbered_clips import number_of, numbered_frame, write_clip
from PIL import Image

from motion_transfer.files.clips import Reading, find_clips, open_clip

AT_30 = Reading(fps=Fraction(30))


def write_pictures(folder: Path, names: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(numbered_frame(number)).save(folder / name)
    return folder


def numbers(path: Path, reading: Reading = AT_30) -> list[int]:
    clip = open_clip(path, reading=reading)
    found = [number_of(frame) for frame in clip.video]
    assert len(found) == len(clip)
    return found


def test_a_folder_of_pictures_is_a_clip_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "frames", [f"f{number}.png" for number in range(12)])
    (folder / "._f3.png").write_bytes(b"left by a system")
    assert numbers(folder) == list(range(12))
    assert numbers(folder / "f%d.png") == list(range(12))
    assert open_clip(folder, reading=AT_30).video.fps == 30


def test_a_pattern_takes_its_own_pictures_alone(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "frames", [f"{number:05d}.png" for number in range(5)])
    Image.fromarray(numbered_frame(40)).save(folder / "mask_00001.png")
    assert numbers(folder / "%05d.png") == list(range(5))


def test_a_folder_of_pictures_asks_for_a_rate_and_for_one_size(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "frames", ["1.png", "2.png"])
    with pytest.raises(ValueError, match="got none; add fps=30"):
        open_clip(folder)
    Image.fromarray(numbered_frame(3, 24, 32)).save(folder / "3.png")
    with pytest.raises(ValueError, match=r"expected pictures of 64x48, got .*3.png of 32x24"):
        open_clip(folder, reading=AT_30)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"got the folder .*empty, which holds 0 pictures"):
        open_clip(tmp_path / "empty", reading=AT_30)


def test_the_digest_of_a_folder_is_of_its_pictures_and_rate(tmp_path: Path) -> None:
    one, other = (write_pictures(tmp_path / name, ["1.png", "2.png"]) for name in ("one", "other"))
    before = open_clip(one, reading=AT_30).digest
    assert before == open_clip(other, reading=AT_30).digest
    assert before != open_clip(one, reading=Reading(fps=Fraction(25))).digest
    Image.fromarray(numbered_frame(9)).save(one / "2.png")
    assert before != open_clip(one, reading=AT_30).digest


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_a_moving_picture_is_a_clip(suffix: str, tmp_path: Path) -> None:
    first, *rest = [Image.fromarray(numbered_frame(number)) for number in range(8)]
    first.save(tmp_path / f"a.{suffix}", save_all=True, append_images=rest, duration=40, lossless=True)
    assert numbers(tmp_path / f"a.{suffix}", Reading()) == pytest.approx(list(range(8)), abs=1)
    assert open_clip(tmp_path / f"a.{suffix}").video.fps == 25


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_of_a_still_picture_it_is_told_what_is_possible(suffix: str, tmp_path: Path) -> None:
    Image.fromarray(numbered_frame(1)).save(tmp_path / f"a.{suffix}")
    with pytest.raises(ValueError, match=r"still picture: it shows no motion.*film a clip"):
        open_clip(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("suffix", ["bvh", "glb", "NPZ"])
def test_a_motion_is_no_target(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(b"HIERARCHY")
    with pytest.raises(ValueError, match="which is a file of motion; it can be a source"):
        open_clip(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("suffix", ["fbx", "c3d", "BLEND"])
def test_other_motion_files_are_told_what_to_become(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(b"FBX")
    with pytest.raises(ValueError, match=r"holds a motion or a scene of another kind; export it as .bvh"):
        open_clip(tmp_path / f"a.{suffix}")


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path: Path) -> None:
    write_clip(tmp_path / "take%02d.mp4")
    assert len(open_clip(tmp_path / "take%02d.mp4")) == 12


def test_a_dancers_clips_are_all_files_of_footage_but_the_hidden_ones(tmp_path: Path) -> None:
    folder = tmp_path / "anna"
    folder.mkdir()
    for name in ("._01.mp4", "01.mp4", "02.MTS", "03.mpg", "notes.txt", ".hidden.mov"):
        (folder / name).touch()
    assert [path.name for path in find_clips(tmp_path, "anna")] == ["01.mp4", "02.MTS", "03.mpg"]


@pytest.mark.slow
@pytest.mark.parametrize(("degrees", "turns"), [(90, 3), (180, 2), (270, 1)])
def test_a_clip_is_turned_clockwise_as_asked(degrees: int, turns: int, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", count=3)
    plain, turned = open_clip(path), open_clip(path, reading=Reading(rotate=degrees))
    for before, after in zip(plain.video, turned.video, strict=True):
        np.testing.assert_array_equal(after, np.rot90(before, turns))
    assert str(turned.video.size) == ("64x48" if degrees == 180 else "48x64")
    assert turned.digest != plain.digest
    assert f"turned by {degrees} degrees" in turned.video.notes[0]


def test_gaps_are_held_or_cut() -> None:
    with pytest.raises(ValueError, match="expected gaps=hold or gaps=cut, got gaps=keep"):
        Reading(gaps="keep")
    for wrong in (45, "ninety"):
        with pytest.raises(ValueError, match=f"expected rotate=90, 180 or 270 degrees clockwise, got rotate={wrong}"):
            Reading(rotate=wrong)
