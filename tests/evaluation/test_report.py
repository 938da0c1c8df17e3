"""The report, for programs and for people."""

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.domain.body_motion import FitQuality
from motion_transfer.domain.events import StageFinished
from motion_transfer.domain.quality import NOT_SCORED, RetargetingQuality, TrainingRun
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.evaluation.provenance import PACKAGES, git_commit, peak_memory_mb, versions
from motion_transfer.evaluation.report import (
    OutputVideo,
    Report,
    as_json,
    summary_lines,
    write_report,
)
from motion_transfer.evaluation.review import ReviewFrame
from motion_transfer.evaluation.sanity import Sanity
from motion_transfer.evaluation.summary import duration

REVIEW = (
    ReviewFrame(index=40, reason="landmarks unsure", severity=0.9),
    ReviewFrame(index=12, reason="pose far from all that was filmed", severity=0.5),
)
CHECKOUT = Path(__file__).resolve().parents[2]


def report() -> Report:
    fit = FitQuality(
        reprojection_percent=2.0, silhouette_iou=0.8, jitter=3.0, detector_jitter=9.0, frames_without_person=0
    )
    return Report(
        source="dance.mp4",
        target="me.mp4",
        output=OutputVideo(
            path=Path("outputs/me.mp4"), frames=300, fps=Fraction(30000, 1001), width=1280, height=720, audio=True
        ),
        stages={
            "fit": StageFinished(stage="fit", name="fit", seconds=20.0, frames=300, cached=False),
            "train": StageFinished(stage="train", name="train", seconds=125.2, frames=None, cached=False),
            "plate": StageFinished(stage="plate", name="plate", seconds=0.1, frames=300, cached=True),
        },
        fit={"source": fit, "target": replace(fit, silhouette_iou=float("nan"))},
        retargeting=RetargetingQuality(foot_skate_cm_per_s=3.0, foot_skate_p90_cm_per_s=9.0, leg_length_ratio=1.1),
        reenactment={"psnr": 26.0, "ssim": 0.93, "psnr_person": 21.5, "flicker": 2.0, "frames": 40},
        training=TrainingRun(steps=1000, seconds=125.0, device="cpu"),
        review_frames=REVIEW,
        fallbacks=("The plate has a hole.",),
        licence="any use",
        peak_memory_mb=1234.5,
        versions={"torch": "2.6"},
        seed=7,
    )


def text(of: Report) -> str:
    return "\n".join(summary_lines(of))


def test_the_written_report_has_every_key_and_null_for_what_has_no_value(tmp_path: Path) -> None:
    path = tmp_path / "run" / "report.json"
    write_report(path, report())
    content = json.loads(path.read_text())
    keys = "source target output stages fit retargeting reenactment training review_frames fallbacks licence"
    assert set(content) == {*keys.split(), "peak_memory_mb", "versions", "seed"}
    assert set(content["output"]) == {"path", "frames", "fps", "width", "height", "audio"}
    assert content["output"]["fps"] == pytest.approx(29.97, abs=1e-3)
    assert content["stages"]["fit"] == {"name": "fit", "seconds": 20.0, "frames_per_second": 15.0, "cached": False}
    assert content["stages"]["plate"]["frames_per_second"] is None
    expected = {"steps": 1000, "seconds": 125.0, "device": "cpu", "steps_per_second": 8.0}
    assert content["training"] == expected
    on_gpu = replace(report().training, device="cuda", steps_per_s=9.0, gpu_memory_mib=512.0)
    measured = {"device": "cuda", "steps_per_second": 9.0, "gpu_memory_mib": 512.0}
    assert as_json(replace(report(), training=on_gpu))["training"] == expected | measured
    assert content["fit"]["target"]["silhouette_iou"] is None
    assert content["review_frames"][0] == {"index": 40, "reason": "landmarks unsure", "severity": 0.9}


def test_numpy_scores_nan_and_infinity_are_written(tmp_path: Path) -> None:
    scores = {"psnr": np.float64(20), "psnr_person": float("inf"), "ssim": float("nan"), "frames": 3}
    write_report(tmp_path / "report.json", replace(report(), baselines={"nearest_neighbour": scores}))
    written = json.loads((tmp_path / "report.json").read_text())["baselines"]
    assert written == {"nearest_neighbour": {"psnr": 20.0, "psnr_person": None, "ssim": None, "frames": 3}}


def test_a_failed_write_leaves_the_old_report_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    write_report(path, report())
    before = path.read_bytes()

    def full_disk(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_report(path, replace(report(), seed=8))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_that_measured_nothing_can_be_told() -> None:
    bare = replace(
        report(), output=None, stages={}, fit={}, retargeting=None, reenactment=None, training=None, review_frames=()
    )
    assert "not measured" in text(bare)
    assert "nothing was run" in text(bare)
    assert as_json(bare)["training"] is None
    assert "not measured" in text(replace(bare, reenactment=ClipScore().summary()))


def test_the_summary_says_where_how_good_and_how_long() -> None:
    lines = summary_lines(report())
    assert lines[0] == "Video: outputs/me.mp4 (1280x720, 29.97 frames/s, 300 frames, with sound)"
    assert "recognizable, but softer" in lines[1]
    assert "21.5 dB" in lines[1]
    assert "judge it by the contact sheet" in text(report())
    assert "Note: The plate has a hole." in lines
    reasons = "frame 40: landmarks unsure; frame 12: pose far from all that was filmed"
    assert f"Look first at {reasons}." in lines
    assert lines[-2] == "Licence of the body: any use."
    assert lines[-1] == "Time: 2 min 25 s in all (fit 20.0 s, train 2 min 05 s, plate from an earlier run)"


def test_the_summary_of_a_good_result_does_not_complain() -> None:
    good = replace(report(), source="me.mp4", fallbacks=(), review_frames=())
    assert len(summary_lines(good)) == 4


def test_the_verdict_follows_the_score() -> None:
    def verdict(person: float) -> str:
        return text(replace(report(), reenactment={"psnr_person": person, "frames": 3}))

    assert "close to the real footage" in verdict(27)
    assert "rough" in verdict(15)
    assert "rough" in verdict(-1)


def test_losing_to_a_baseline_is_said() -> None:
    rivals = {"temporal_median": {"psnr_person": 12.0}, "nearest_neighbour": {"psnr_person": 23.0}}
    assert "no better than the nearest neighbour baseline (23.0 dB)" in text(replace(report(), baselines=rivals))
    rivals["nearest_neighbour"] = {"psnr_person": 20.0}
    assert "1.5 dB better than the best baseline, nearest neighbour" in text(replace(report(), baselines=rivals))


def test_what_people_see_is_said_as_far_as_it_was_measured() -> None:
    scores = {"psnr_person": 21.5, "frames": 40, "detail": 0.634, "pose_error": 1.26, "nobody_found": 0.05}
    said = text(replace(report(), reenactment={**scores, "face_found": float("nan")}))
    assert "has 63 % of the footage's detail, the pose off by 1.3 % of the body's height, nobody found in 5 %" in said
    assert "the face" not in said
    everywhere = {**scores, "nobody_found": 0.0, "face_found": 0.5}
    said = text(replace(report(), reenactment=everywhere))
    assert "the face found in 50 % of the frames that show one" in said
    assert "nobody found" not in said
    assert "left and right" not in said
    exchanged = {**scores, "sides_exchanged": 0.35, "pose_error_either_side": 1.31}
    said = text(replace(report(), reenactment=exchanged))
    assert (
        "left and right taken for each other in 35 % of the frames (with them exchanged the pose is off by 1.3 %)"
        in said
    )


def test_the_report_says_whether_the_scores_are_of_the_crop_or_of_the_frame() -> None:
    assert as_json(report())["reenactment"]["measured_in"] == "frame"
    learned = replace(report(), reenactment=NOT_SCORED)
    assert as_json(learned)["reenactment"]["measured_in"] == "crop"
    assert "dB PSNR, in a crop around it" in text(learned)
    assert "crop" not in text(report())


def test_what_went_badly_is_said() -> None:
    bad = replace(
        report(),
        fit={"source": replace(report().fit["source"], silhouette_iou=0.5, frames_without_person=4)},
        retargeting=RetargetingQuality(foot_skate_cm_per_s=30, foot_skate_p90_cm_per_s=90, leg_length_ratio=1),
        coverage={"missing_inside": 0.02, "missing_worst_part": 0.5, "worst_part": "left_hand", "leak_p90": 0.2},
    )
    for words in ("only loosely", "In 4 frames of the source", "slide by 30 cm/s", "at the left hand", "Debris"):
        assert words in text(bad)


def test_durations_read_naturally() -> None:
    spoken = [duration(seconds) for seconds in (0.04, 8.31, 59.96, 125, 3599.6, 3725)]
    assert spoken == ["0.0 s", "8.3 s", "1 min 00 s", "2 min 05 s", "1 h 00 min", "1 h 02 min"]


def test_versions_cover_every_dependency_of_the_package() -> None:
    declared = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {line.split("=")[0].rstrip("<>~ ") for line in declared}
    assert names <= set(PACKAGES)
    found = versions()
    assert found["torch"][0].isdigit()
    assert found["python"].startswith("3.")


@pytest.mark.subprocess
def test_the_commit_is_that_of_the_checkout_and_changes_are_marked(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.hooksPath=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "file").write_text("a")
    subprocess.run([*git, "add", "file"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert git_commit(tmp_path) == head
    (tmp_path / "file").write_text("b")
    assert git_commit(tmp_path) == f"{head}-dirty"


def test_the_peak_of_memory_is_at_least_what_was_held() -> None:
    held = np.ones(30_000_000, np.uint8)
    assert peak_memory_mb() > held.nbytes / 1e6
    assert peak_memory_mb() < 1e6


@pytest.mark.subprocess
def test_what_the_starting_process_holds_is_not_counted() -> None:
    held = np.ones(600_000_000, np.uint8)
    ask = "from motion_transfer.evaluation.provenance import peak_memory_mb; print(peak_memory_mb())"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert float(answer.stdout) < held.nbytes / 1e6


def test_names_that_are_no_utf8_are_written_with_escapes(tmp_path: Path) -> None:
    named = replace(report(), source="caf\udce9.mp4", target="été 舞.mp4")
    write_report(tmp_path / "report.json", named)
    written = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert '"source": "caf\\udce9.mp4"' in written
    assert '"target": "été 舞.mp4"' in written
    assert json.loads(written)["source"] == "caf\udce9.mp4"


def test_of_a_result_that_is_not_sane_the_reason_is_told_in_place_of_a_verdict() -> None:
    good = replace(
        report(), reenactment={"psnr": 30.0, "ssim": 0.97, "psnr_person": 28.0, "flicker": 2.0, "frames": 40}
    )
    assert "close to the real footage" in text(good)
    odd = replace(good, sanity=Sanity(score=0.0, reasons=("The person is head down in 9 of 9 frames.",)))
    assert "Look at the result before you use it: The person is head down in 9 of 9 frames." in text(odd)
    assert "close to the real footage" not in text(odd)
    assert as_json(odd)["sanity"]["score"] == 0.0
