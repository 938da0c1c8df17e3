"""A source that shows nobody for a while, and one that never shows the legs."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mistakes import Failure
from numbered_clips import write_clip
from quick_transfer import FPS, SIZE, Transferred

from motion_transfer import cli
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter

FIRST, LAST = 6, 11  # of the black frames


@pytest.mark.slow
def test_a_gap_of_the_source_shows_the_empty_room_if_asked(transferred: Transferred, tmp_path: Path) -> None:
    frames = list(open_video(transferred.pair.source))
    with VideoWriter(tmp_path / "gap.mp4", size=SIZE, fps=FPS) as writer:
        for index, frame in enumerate(frames):
            writer.write(np.zeros_like(frame) if FIRST <= index <= LAST else frame)
    own = [word for word in transferred.words[2:] if not word.startswith("minutes=")]
    words = [str(tmp_path / "gap.mp4"), f"performer={transferred.performer}", *own]
    cli.run("transfer", [*words, f"output={tmp_path / 'empty.mp4'}", "missing=empty", "progress=none"])
    plate = cv2.cvtColor(cv2.imread(str(transferred.performer / "plate.png")), cv2.COLOR_BGR2RGB)
    off = [np.abs(frame.astype(float) - plate).mean() for frame in open_video(tmp_path / "empty.mp4")]
    gap = off[FIRST : LAST + 1]
    assert len(off) == len(frames)
    assert max(gap) < 2
    assert min([*off[:FIRST], *off[LAST + 1 :]]) > 1.5 * max(gap)
    report = json.loads((tmp_path / "empty.report.json").read_text())
    count = LAST + 1 - FIRST
    sentence = f"source: nobody is seen in {count} of {len(frames)} frames, whose poses are held or eased"
    assert sentence in report["fallbacks"]
    assert report["coverage"]["missing_inside"] < 0.5  # of the frames that show somebody


@pytest.mark.soak  # hidden legs are told in tests/fitting/test_seen_motion.py
@pytest.mark.slow
def test_legs_that_are_never_in_the_picture_stand(transferred: Transferred, tmp_path: Path) -> None:
    frames = [frame[: int(0.55 * SIZE.height) // 2 * 2] for frame in open_video(transferred.pair.source)]
    size = ImageSize(height=frames[0].shape[0], width=SIZE.width)
    with VideoWriter(tmp_path / "half.mp4", size=size, fps=FPS) as writer:
        for frame in frames:
            writer.write(np.ascontiguousarray(frame))
    own = [word for word in transferred.words[2:] if not word.startswith("minutes=")]
    words = [str(tmp_path / "half.mp4"), f"performer={transferred.performer}", *own, "progress=none"]
    cli.run("transfer", [*words, f"output={tmp_path / 'half_result.mp4'}"])
    report = json.loads((tmp_path / "half_result.report.json").read_text())
    assert any("the legs are hidden in" in note and "stand still there" in note for note in report["fallbacks"])
    reasons = " ".join(report["sanity"]["reasons"])
    assert "hangs above" not in reasons
    assert "in the ground" not in reasons
    assert "head down" not in reasons
    assert report["retargeting"]["foot_skate_cm_per_s"] < 1


@pytest.mark.slow
def test_a_choice_that_does_not_exist_is_told(fails: Failure, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4")
    said = fails("transfer", clip, f"performer={tmp_path}", "missing=black")
    assert "expected missing=hold or missing=empty, got missing=black; take one of them" in said
