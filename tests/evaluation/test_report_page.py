"""The page of a run holds what its report says, with its pictures inside, and asks nothing of the network."""

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from test_report import report

from motion_transfer import cli
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.report import OutputVideo, Report, write_report
from motion_transfer.evaluation.report_page import write_page
from motion_transfer.evaluation.review import ReviewFrame
from motion_transfer.evaluation.timelines import MOST_POINTS, timelines
from motion_transfer.files.pictures import write_png
from motion_transfer.files.single_frames import frames_at
from motion_transfer.files.video_writer import VideoWriter

LEVELS = (40, 200)  # of the first and the second half of the video


def written(folder: Path, changed: Report | None = None) -> Path:
    """A video of 20 frames, its report and its contact sheet."""
    video = folder / "dance.mp4"
    with VideoWriter(video, size=ImageSize(height=64, width=96), fps=Fraction(25), details="(a test)") as writer:
        for index in range(20):
            writer.write(np.full((64, 96, 3), LEVELS[index >= 10], np.uint8))
    write_png(folder / "dance.report.png", np.full((50, 200, 3), 128, np.uint8))
    output = OutputVideo(path=video, frames=20, fps=Fraction(25), width=96, height=64, audio=False)
    seen = (ReviewFrame(index=15, reason="landmarks unsure", severity=0.9),)
    of_feet = timelines({"left_foot": np.array([0.0, 1.0, np.nan, 1.0])})
    done = replace(changed or report(), output=output, review_frames=seen, timelines=of_feet)
    write_report(folder / "dance.report.json", done)
    return folder / "dance.report.json"


def test_the_page_says_what_the_report_says(tmp_path: Path) -> None:
    page = write_page(written(tmp_path))
    assert page == tmp_path / "dance.report.html"
    text = page.read_text(encoding="utf-8")
    for said in ("21.5 dB", "The plate has a hole.", "Frame 15: landmarks unsure", "any use", "from an earlier run"):
        assert said in text
    assert 'src="dance.mp4"' in text
    assert text.count("data:image/jpeg;base64,") == 2, "the frame to look at, and the contact sheet"
    assert text.count("<polyline") == 2, "the timeline has a gap"


@pytest.mark.slow
def test_of_a_performer_without_a_network_it_says_why_there_is_no_sensitivity(tmp_path: Path) -> None:
    said = "Sensitivity is not shown: no network was trained"
    trained = report().training
    assert trained is not None
    assert said not in write_page(written(tmp_path)).read_text()
    assert said in write_page(written(tmp_path, replace(report(), training=replace(trained, steps=0)))).read_text()


@pytest.mark.slow
def test_the_command_that_gives_it_again_is_told_where_it_is_known(tmp_path: Path) -> None:
    assert "The same again" not in write_page(written(tmp_path)).read_text()
    told = replace(report(), command="motion-transfer transfer 'a b.mp4' c.mp4")
    assert "motion-transfer transfer &#39;a b.mp4&#39; c.mp4" in write_page(written(tmp_path, told)).read_text()


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    text = write_page(written(tmp_path)).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]", re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", text))


def test_names_are_text_and_no_markup(tmp_path: Path) -> None:
    text = write_page(written(tmp_path, replace(report(), target="<script>alert(1)</script>.mp4"))).read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_a_page_is_made_without_video_and_sheet_and_says_so(tmp_path: Path) -> None:
    of = written(tmp_path)
    (tmp_path / "dance.mp4").unlink()
    (tmp_path / "dance.report.png").unlink()
    text = write_page(of).read_text()
    assert "not beside this page any more" in text
    assert "data:image" not in text


def test_a_single_frame_is_the_right_one(tmp_path: Path) -> None:
    written(tmp_path)
    found = frames_at(tmp_path / "dance.mp4", [15, 3, 400])
    assert set(found) == {3, 15}
    assert [round(float(found[index].mean())) for index in (3, 15)] == [pytest.approx(level, abs=4) for level in LEVELS]


def test_a_timeline_of_a_long_clip_is_short_and_keeps_the_mean() -> None:
    scores = np.random.default_rng(0).random(18_000)
    thin = timelines({"novelty": scores, "missing": np.full(3, np.nan)})
    assert len(thin["novelty"]) == MOST_POINTS
    assert np.mean([value for value in thin["novelty"] if value is not None]) == pytest.approx(scores.mean(), abs=1e-3)
    assert thin["missing"] == (None, None, None)


def test_the_command_writes_the_page_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path)
    for given in (tmp_path / "dance.mp4", tmp_path / "dance.report.json", tmp_path):
        (tmp_path / "dance.report.html").unlink(missing_ok=True)
        cli.run("report", [str(given)])
        assert (tmp_path / "dance.report.html").is_file()
    assert capsys.readouterr().out.count("Report: ") == 3


@pytest.mark.parametrize(
    ("content", "message"), [("{}", "expected a report"), ("no json", "expected a report"), (None, "found no file")]
)
def test_what_is_no_report_ends_in_one_line(
    tmp_path: Path, content: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "dance.report.json").write_text(content)
    with pytest.raises(SystemExit):
        cli.run("report", [str(tmp_path / "dance.mp4")])
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_folder_without_a_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run("report", [str(tmp_path)])
    assert "expected a folder with NAME.report.json" in capsys.readouterr().err


def test_the_timelines_stand_in_the_report(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path).read_text())["timelines"] == {"left_foot": [0.0, 1.0, None, 1.0]}
