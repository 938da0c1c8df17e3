"""`check`: what is said of real files, and where the sheets go."""

from pathlib import Path

import pytest
from mistakes import Failure
from numbered_clips import write_clip
from quick_transfer import SmallPair

from motion_transfer import cli


@pytest.mark.slow
def test_several_clips_are_looked_at_each(
    small_pair: SmallPair, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    empty = write_clip(tmp_path / "nobody's.mp4")
    cli.run("check", [str(small_pair.target), str(empty), f"folder={tmp_path / 'sheets'}"])
    said = capfd.readouterr().out
    of_target, _, of_empty = said.partition(f"{empty}: ")
    assert f"{small_pair.target}: 1.3 s, {small_pair.size}, 11.99 frames/s" in of_target
    assert "as target: 1.3 s is short; half a minute of many poses shows more" in of_target
    assert "as source: nothing speaks against it" in of_target
    assert "as source and target: nobody was found; use a clip that shows one person" in of_empty
    assert "nothing speaks" not in of_empty
    assert {path.name for path in (tmp_path / "sheets").iterdir()} == {"target.check.png", "nobody's.check.png"}


def test_a_file_that_is_no_clip_is_told(fails: Failure, tmp_path: Path) -> None:
    assert "expected a video, found no file at none.mp4" in fails("check", "none.mp4")
    clip = write_clip(tmp_path / "a.mp4")
    assert "expected rotate=90, 180 or 270 degrees clockwise, got rotate=45" in fails("check", clip, "rotate=45")
    assert "expected CLIPS, but no clips was given" in fails("check")
