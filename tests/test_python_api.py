"""The Python example of the README runs as it stands there."""

import re
from pathlib import Path

import pytest
from arm_wave import write_arm_wave
from quick_transfer import ROOT, Transferred, assert_same_video

from motion_transfer.files.video_reader import open_video

SETTINGS = '"preset=draft", "minutes=1"'


def example() -> str:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return block


def test_the_example_is_short_and_names_its_settings_once() -> None:
    code = [line for line in example().splitlines() if line and not line.startswith("from ")]
    assert len(code) <= 10
    assert example().count(SETTINGS) == 1


@pytest.mark.slow
def test_the_example_learns_a_performer_and_drives_it_with_a_clip_and_a_motion_file(
    transferred: Transferred, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "target.mp4").symlink_to(transferred.pair.target)
    (tmp_path / "dance.mp4").symlink_to(transferred.pair.source)
    write_arm_wave(tmp_path / "wave.bvh")
    quick = ", ".join(repr(word) for word in transferred.words[2:])
    names: dict[str, object] = {}
    exec(example().replace(SETTINGS, quick), names)
    assert_same_video(tmp_path / "dance_out.mp4", transferred.output)
    assert len(open_video(tmp_path / "wave_out.mp4")) == 9
    printed = capsys.readouterr().out
    assert printed.count("psnr_person=") == 2
    assert printed.count("missing_inside") == 2
