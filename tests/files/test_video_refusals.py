"""What is no video is refused in one line."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numbered_clips import write_clip, write_sound

from motion_transfer.files.video_reader import open_video


def _refusals(folder: Path) -> dict[str, tuple[Path, type[Exception], str]]:
    (folder / "folder.mp4").mkdir()
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "words.mp4").write_text("not a video " * 100)
    (folder / "words.txt").write_text("not a video " * 100)
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(20000))
    for name in ("still.png", "still.jpg"):
        cv2.imwrite(str(folder / name), np.full((32, 32, 3), 128, np.uint8))
    write_clip(folder / "still.gif", count=1, codec="gif", pixels="rgb8")
    whole = write_clip(folder / "whole.mp4").read_bytes()
    (folder / "headless.mp4").write_bytes(whole[: len(whole) // 2])
    blank = write_clip(folder / "blank.mp4", container_options={"movflags": "+faststart"})
    content = blank.read_bytes()
    data = content.index(b"mdat") + 4
    blank.write_bytes(content[:data] + bytes(len(content) - data))
    return {
        "missing": (folder / "missing.mp4", FileNotFoundError, "found no file"),
        "folder": (folder / "folder.mp4", ValueError, "folder"),
        "empty": (folder / "empty.mp4", ValueError, "empty"),
        "text": (folder / "words.mp4", ValueError, "no container"),
        "text file": (folder / "words.txt", ValueError, "text"),
        "noise": (folder / "noise.mp4", ValueError, "expected a video"),
        "sound": (write_sound(folder / "sound.wav"), ValueError, "only sound"),
        "png": (folder / "still.png", ValueError, "still picture"),
        "jpg": (folder / "still.jpg", ValueError, "still picture"),
        "gif": (folder / "still.gif", ValueError, "still picture"),
        "cut off before its index": (folder / "headless.mp4", ValueError, "cut off"),
        "nothing decodes": (blank, ValueError, "no frame decodes"),
    }


def test_what_is_no_video_is_refused_in_one_line_that_names_the_file(tmp_path: Path) -> None:
    for case, (path, error, words) in _refusals(tmp_path).items():
        with pytest.raises(error) as caught:
            open_video(path)
        message = str(caught.value)
        assert message.startswith("expected "), (case, message)
        assert words in message, (case, message)
        assert str(path) in message, (case, message)
        assert "\n" not in message, (case, message)
