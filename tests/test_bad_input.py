"""One clear line for every setting and file that a run cannot work with, before any work is done."""

import os
import pickle
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mistakes import Failure
from numbered_clips import write_clip, write_sound
from quick_transfer import SmallPair

from motion_transfer import cli
from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import compose
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.paths import title
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter, check_writable
from motion_transfer.synthetic.scene import room, room_camera

ROOM = ImageSize(height=192, width=160)


# Mistakes in settings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "part"),
    [
        ("minutes=-1", "got minutes=-1"),
        ("device=gpu", "expected device=auto, cpu or cuda, got device=gpu"),
        (
            "condition=dots",
            "expected condition to be one of smpl, stick, stick_depth, stick_hands, surface, got 'dots'",
        ),
        ("resolution=100", "got resolution=100"),
        ("facing=backwards", "backwards"),
        ("person=second", "expected person=largest or person=x,y, fractions of width and height from 0 to 1"),
        ("person=883,250", "expected person=x,y with fractions of width and height from 0 to 1, got person=883,250"),
        ("source_edit.trim=90..99", "s of the source, got 90..99"),
        ("body=clay", "expected body to be one of free, smpl, tiny, character, got 'clay'"),
    ],
)
def test_a_setting_out_of_range_is_told_before_any_work(
    setting: str, part: str, fails: Failure, clip: Path, tmp_path: Path
) -> None:
    words = [clip, clip, "device=cpu", "body=tiny", f"work_dir={tmp_path / 'work'}", setting]
    built = 0 if setting.startswith(("minutes", "device", "person", "body", "facing", "condition", "source")) else 1
    assert part in fails("transfer", *words, after=built)
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
def test_a_pose_is_not_looked_for_beside_the_source(fails: Failure, clip: Path, tmp_path: Path) -> None:
    words = [clip, clip, "device=cpu", "body=tiny", f"work_dir={tmp_path / 'work'}"]
    told = fails("transfer", *words, "side_by_side=true", "check_pose=true", after=0)
    assert "expected check_pose=true or side_by_side=true, got both" in told


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none_says_what_to_use(fails: Failure, clip: Path) -> None:
    said = fails("transfer", clip, clip, "device=cuda")
    assert "expected a CUDA device for device=cuda, found none; use device=cpu or device=auto" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("file/out.mp4", "got a file in its way"),
        ("folder.mp4", "got the folder"),
        ("out.gif", "ends in .mp4"),
        ("out", "ends in .mp4"),
    ],
)
def test_an_output_that_cannot_be_written_is_told_before_any_work(
    output: str, part: str, fails: Failure, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder.mp4").mkdir()
    assert part in fails("transfer", clip, clip, f"output={tmp_path / output}")
    assert (tmp_path / "file").read_text() == "kept"


def test_an_input_is_never_overwritten(fails: Failure, clip: Path, tmp_path: Path) -> None:
    other, before = write_clip(tmp_path / "other.mp4", count=40), clip.read_bytes()
    for words in ([clip, other], [other, clip]):
        assert "which is an input; name another file" in fails("transfer", *words, f"output={clip}")
    assert clip.read_bytes() == before


def test_a_target_and_a_performer_exclude_each_other(fails: Failure, clip: Path, tmp_path: Path) -> None:
    assert "got both; give one of them" in fails("transfer", clip, clip, f"performer={tmp_path}")
    assert "got neither; give one of them" in fails("transfer", clip)


@pytest.mark.slow
def test_a_folder_that_holds_no_performer_is_named(fails: Failure, clip: Path, tmp_path: Path) -> None:
    said = fails("transfer", clip, f"performer={tmp_path}", "body=tiny", "device=cpu", after=1)
    assert f"got {tmp_path} without performer.npz" in said


@pytest.mark.parametrize("fps", ["often", "0", "1/0"])
def test_a_wrong_frame_rate_is_named(fps: str) -> None:
    from motion_transfer.sources import frame_rate

    with pytest.raises(ValueError, match="expected frames per second above 0, got fps="):
        frame_rate(fps)
    assert frame_rate("30000/1001") == Fraction(30000, 1001)
    assert frame_rate(None) is None


@pytest.mark.slow
def test_a_dancer_without_clips_is_told_with_those_that_have(fails: Failure, tmp_path: Path) -> None:
    (tmp_path / "data" / "anna").mkdir(parents=True)
    said = fails("train", "dancer=bert", f"data={tmp_path / 'data'}")
    assert f"expected videos in {tmp_path / 'data' / 'bert'}, found none (dancers there: anna)" in said


# Mistakes in files


def files_that_are_no_video(folder: Path) -> dict[str, tuple[Path, str]]:
    (folder / "words.mp4").write_text("not a video " * 100)
    (folder / "empty.mp4").write_bytes(b"")
    cv2.imwrite(str(folder / "picture.png"), np.full((64, 64, 3), 128, np.uint8))
    whole = write_clip(folder / "whole.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "folder").mkdir()
    return {
        "missing": (folder / "missing.mp4", "found no file at"),
        "folder": (folder / "folder", "got the folder"),
        "text": (folder / "words.mp4", "no container that ffmpeg knows"),
        "empty": (folder / "empty.mp4", "which is empty (0 bytes)"),
        "sound": (write_sound(folder / "sound.wav"), "only sound"),
        "picture": (folder / "picture.png", "still picture"),
        "without its index": (folder / "cut.mp4", "cut off"),
    }


@pytest.mark.slow
@pytest.mark.parametrize(("command", "wrong"), [("transfer", "source"), ("transfer", "target"), ("evaluate", "clip")])
def test_a_file_that_is_no_video_is_told_for_every_input(
    command: str, wrong: str, fails: Failure, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = compose(command, [f"{name}={clip}" for name in COMMANDS[command].inputs])
    monkeypatch.setattr(cli, "compose", lambda *_: config)  # once, because it takes longer than to find the mistake
    for path, part in files_that_are_no_video(tmp_path).values():
        config[wrong] = str(path)
        said = fails(command, *(config[name] for name in COMMANDS[command].inputs))
        assert part in said
        assert str(path) in said


def test_a_target_shorter_than_a_second_is_refused(fails: Failure, clip: Path, tmp_path: Path) -> None:
    short = write_clip(tmp_path / "short.mp4", count=20)
    said = fails("transfer", clip, short)
    assert "expected a target of at least 1 s, got 0.80 s; use a longer clip" in said


@pytest.mark.slow
def test_a_source_without_a_person_is_told_before_the_target_is_looked_at(
    fails: Failure, small_pair: SmallPair, tmp_path: Path
) -> None:
    path = write_room(tmp_path / "room.mp4", [])
    said = fails("transfer", path, small_pair.target, "body=tiny", f"work_dir={tmp_path / 'work'}", after=2)
    assert "expected a person in room.mp4" in said


@pytest.mark.parametrize(
    ("stem", "fits"), [("x" * 243, True), ("x" * 244, False), ("舞" * 81, True), ("舞" * 82, False)]
)
def test_a_name_fits_exactly_if_all_that_lies_beside_the_result_fits(stem: str, fits: bool, tmp_path: Path) -> None:
    """Its report has the longest name; what is written on the way has shorter ones."""
    output = tmp_path / f"{stem}.mp4"
    if not fits:
        with pytest.raises(OSError, match="file name too long"):
            check_writable(output)
        return
    check_writable(output)
    with VideoWriter(output, size=ROOM, fps=Fraction(12)) as writer:
        writer.write(np.zeros((ROOM.height, ROOM.width, 3), np.uint8))
    output.with_suffix(".report.json").write_text("{}")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_result_of_two_long_titles_has_a_name_that_fits(tmp_path: Path) -> None:
    name = f"{title('舞' * 84 + '.mp4')}_as_{title('x' * 250 + '.mp4')}"
    check_writable(tmp_path / f"{name}.mp4")
    assert len(f"{name}.report.json".encode()) <= 255
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_told_before_a_training(fails: Failure, tmp_path: Path) -> None:
    (tmp_path / "data" / "anna").mkdir(parents=True)
    write_clip(tmp_path / "data" / "anna" / "1.mp4", count=40)
    (tmp_path / "file").touch()
    said = fails("train", "dancer=anna", f"data={tmp_path / 'data'}", f"output={tmp_path / 'file' / 'anna'}")
    assert f"expected a place to write to, got {tmp_path / 'file' / 'anna'}" in said


# The user's own body


class Command:
    """What an attacker would put into a pickle."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def no_smpl_files(folder: Path) -> Iterator[tuple[Path, str]]:
    np.savez(folder / "other.npz", pictures=np.zeros(3))
    yield folder / "other.npz", "none called v_template"
    (folder / "words.pkl").write_text("not a pickle")
    yield folder / "words.pkl", "damaged"
    (folder / "body.obj").write_text("v 0 0 0")
    yield folder / "body.obj", "expected an SMPL file in .npz or .pkl, got body.obj"
    yield folder / "missing.pkl", "get it from https://smpl.is.tue.mpg.de"
    (folder / "attack.pkl").write_bytes(pickle.dumps({"v_template": Command(folder / "was here")}))
    yield folder / "attack.pkl", "which could run code"


@pytest.mark.slow
def test_a_wrong_smpl_file_is_told_and_runs_nothing(fails: Failure, clip: Path, tmp_path: Path) -> None:
    for path, part in no_smpl_files(tmp_path):
        assert part in fails("transfer", clip, clip, "device=cpu", "body=smpl", f"smpl_path={path}")
    assert "smpl_path=" in fails("transfer", clip, clip, "device=cpu", "body=smpl")
    assert not (tmp_path / "was here").exists()


# Nobody there


def write_room(path: Path, people: list[np.ndarray], *, count: int = 24) -> Path:
    """An empty room, with some frames of someone before it."""
    empty = room(room_camera(ROOM, 3), 3).rgb
    with VideoWriter(path, size=ROOM, fps=Fraction(12)) as writer:
        for frame in [*people, *[empty] * (count - len(people))]:
            writer.write(frame)
    return path


@pytest.mark.slow
def test_a_clip_without_a_person_is_told(fails: Failure, tmp_path: Path) -> None:
    path = write_room(tmp_path / "room.mp4", [])
    words = ["body=tiny", "device=cpu", f"work_dir={tmp_path / 'work'}"]
    said = fails("transfer", path, path, *words, after=2)
    assert "expected a person in room.mp4, found none; use a clip that shows the whole body" in said
    assert not list((tmp_path / "work" / "detections").glob("[!.]*"))


@pytest.mark.slow
def test_a_person_in_few_frames_is_told_with_their_number(
    fails: Failure, small_pair: SmallPair, tmp_path: Path
) -> None:
    some = [frame for _, frame in zip(range(3), open_video(small_pair.target), strict=False)]
    path = write_room(tmp_path / "rarely.mp4", some)
    words = ["body=tiny", "device=cpu", f"work_dir={tmp_path / 'work'}"]
    said = fails("transfer", path, path, *words, after=2)
    assert "expected a person in at least 20% of the frames of rarely.mp4, found one in " in said
    assert " of 24; cut the clip" in said
