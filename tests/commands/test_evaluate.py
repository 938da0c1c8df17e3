"""Self-reenactment from the command line: a split that is told, scores beside those of the baselines."""

import json
from pathlib import Path

import cv2
import pytest
from numbered_clips import write_clip
from quick_transfer import QUICK, SmallPair, run_script

from motion_transfer import cli
from motion_transfer.configuration.compose import compose
from motion_transfer.measured_settings import variants

SCORES = {"psnr", "psnr_person", "psnr_person_without_held", "ssim", "detail", "patch_mmd", "flicker_ratio", "frames"}
OF_THE_DRIVEN_BODY = {"pose_error", "nobody_found", "face_found"}


@pytest.mark.subprocess
@pytest.mark.slow
def test_the_last_fifth_is_scored_beside_the_baselines(small_pair: SmallPair, tmp_path: Path) -> None:
    words = [str(small_pair.target), "minutes=0.01", "output=new/scores.json", f"work_dir={tmp_path / 'work'}", *QUICK]
    done = run_script("evaluate", words, tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "new" / "scores.json").read_text())
    kept_out = small_pair.frames - int(0.8 * small_pair.frames)
    for scores in (
        report["reenactment"],
        report["baselines"]["nearest_neighbour"],
        report["baselines"]["temporal_median"],
    ):
        assert set(scores) >= SCORES
        assert scores["frames"] == kept_out
    for baseline in ("nearest_neighbour", "temporal_median"):
        assert report["reenactment"]["psnr_person"] > report["baselines"][baseline]["psnr_person"] + 2, baseline
    for scores in (report["reenactment"], report["baselines"]["baked_texture"]):
        assert set(scores) >= SCORES | OF_THE_DRIVEN_BODY
    assert report["reenactment"]["measured_in"] == "frame"
    assert 0 < report["baselines"]["baked_texture"]["pose_error"] < 5
    assert report["baselines"]["baked_texture"]["nobody_found"] == 0
    assert set(report["fit"]) == {"target", "test"}
    assert report["output"] is None
    assert report["retargeting"] is None
    assert report["training"]["steps"] > 0
    assert cv2.imread(str(tmp_path / "new" / "scores.png")) is not None
    told = json.loads(done.stdout[done.stdout.index("{\n") :])
    assert told["performer"] == report["reenactment"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["start=38"], "at least 3 to be measured on, got start=38, stop=40"),
        (["train_fraction=0.99"], "train_fraction=0.99 of 40 frames; widen the range"),
        (["stop=late"], "expected the number of a frame for stop, got stop=late"),
        (["start=20"], "expected a target of at least 1 s, got 0.64 s"),
        (["output=scores.txt"], "ends in .json"),
        (["output=clip.mp4/scores.json"], "got a file in its way"),
    ],
)
def test_a_split_or_an_output_that_cannot_be_is_told_before_any_work(
    words: list[str],
    part: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = write_clip(tmp_path / "clip.mp4", count=40)
    with pytest.raises(SystemExit) as ended:
        cli.run("evaluate", [str(clip), *words])
    said = capfd.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("evaluate: error: expected ")
    assert said.count("\n") == 1
    assert part in said


@pytest.mark.slow
def test_a_measurement_is_made_for_each_condition_and_each_time_of_training() -> None:
    config = compose("measure", ["conditions=[smpl,stick]", "budgets=[0,3]", "minutes=9"])
    found = [(variant.name, variant.settings["minutes"]) for variant in variants(config, "work")]
    assert found == [(f"condition={name}", minutes) for name in ("smpl", "stick") for minutes in (0, 3)]
    assert [variant.settings["training"]["minutes"] for variant in variants(config, "work")] == [0, 3, 0, 3]
    assert all("budgets" not in variant.settings for variant in variants(config, "work"))
    (alone,) = variants(compose("measure", ["minutes=9"]), "work")
    assert alone.settings["minutes"] == 9
