"""Frames put aside come back as they were, in order."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from random_pictures import noise

from motion_transfer.files.kept_frames import KeptFrames


def test_frames_come_back_without_loss_by_number_and_as_a_video(tmp_path: Path) -> None:
    kept = KeptFrames(tmp_path / "frames")
    for number in (12, 3, 7):
        kept.keep(number, noise(number, 20, 31))
    np.testing.assert_array_equal(kept[7], noise(7, 20, 31))
    video = kept.video(Fraction(25))
    assert (len(video), str(video.size), video.fps) == (3, "31x20", 25)
    for _ in range(2):
        for number, frame in zip((3, 7, 12), video, strict=True):
            np.testing.assert_array_equal(frame, noise(number, 20, 31))


def test_a_frame_that_was_not_kept_is_refused(tmp_path: Path) -> None:
    kept = KeptFrames(tmp_path)
    with pytest.raises(KeyError):
        kept[0]
    with pytest.raises(ValueError, match="expected frames in"):
        kept.video(Fraction(25))
