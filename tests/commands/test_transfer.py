"""The whole chain from the command line: two clips in, one out; again, with a learned performer, and after a kill."""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from arm_wave import write_arm_wave
from quick_transfer import QUICK, SIZE, Transferred, assert_same_video, run_script
from warm_start import ROOT, WarmProcess, until

from motion_transfer import cli
from motion_transfer.files.video_reader import open_video
from motion_transfer.synthesis.checkpoints import read_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.subprocess]
BEFORE_TRAINING = ("stabilize", "detect", "fit", "plate", "crop", "register")


def report_of(output: Path) -> dict[str, Any]:
    return json.loads(output.with_suffix(".report.json").read_text(encoding="utf-8"))


def frames_of(path: Path) -> np.ndarray:
    return np.stack(list(open_video(path)))


# The result


def test_the_result_has_the_length_and_rate_of_the_source_and_the_size_of_the_target(transferred: Transferred) -> None:
    source, result = open_video(transferred.pair.source), open_video(transferred.output)
    assert len(result) == len(source) == transferred.pair.frames
    assert result.fps == source.fps == Fraction(12000, 1001)
    assert str(result.size) == str(SIZE)
    frames = frames_of(transferred.output)
    assert np.abs(np.diff(frames.astype(int), axis=0)).max() > 60  # someone moves


def test_a_background_of_ones_own_stands_behind_the_same_person_who_is_found_in_the_asked_pose(
    transferred: Transferred, tmp_path: Path
) -> None:
    output = tmp_path / "keyed.mp4"
    words = ["transfer", str(transferred.pair.source), f"performer={transferred.performer}", "background=green", *QUICK]
    words.append("check_pose=true")
    cli.main([*words, f"work_dir={transferred.work}", f"output={output}", "progress=none"])
    before, keyed = frames_of(transferred.output).astype(int), frames_of(output).astype(int)
    green = np.abs(keyed - (0, 177, 64)).max(-1) < 30
    assert green[:, :20, :20].all()
    assert 0.5 < green.mean() < 0.97
    person = ~green
    person &= np.roll(green, 6, axis=2) == np.roll(green, -6, axis=2)  # within its outline
    assert np.median(np.abs(keyed - before).max(-1)[person]) < 12
    [sentence] = [one for one in report_of(output)["fallbacks"] if "The background is green" in one]
    assert "nobody casts a shadow" in sentence
    report = report_of(output)
    assert 0 < report["detected_pose"]["pose_error"] < 6
    assert report["detected_pose"]["nobody_found"] < 0.1
    over_time = [error for error in report["timelines"]["pose_error"] if error is not None]
    assert 10 * np.mean(over_time) == pytest.approx(report["detected_pose"]["pose_error"], abs=0.3)
    page = output.with_suffix(".report.html").read_text(encoding="utf-8")
    assert "The pose that is found in the result" in page
    assert f"off by {report['detected_pose']['pose_error']:.1f} % of the body" in page
    assert "detected_pose" not in report_of(transferred.output)


def test_any_player_shows_the_result(transferred: Transferred) -> None:
    with av.open(str(transferred.output)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == Fraction(12000, 1001)
        assert "synthetic" in container.metadata["comment"]
        assert [sound.codec_context.name for sound in container.streams.audio] == ["aac"]
    content = transferred.output.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_the_person_of_the_result_is_the_target_in_the_targets_room(transferred: Transferred) -> None:
    """Colours of the borders are the room's, and the source's room looks otherwise."""
    source, target, result = (
        np.median(frames_of(path), 0) for path in (transferred.pair.source, transferred.pair.target, transferred.output)
    )
    border = np.ones(target.shape[:2], bool)
    border[20:-20, 20:-20] = False
    assert np.abs(result - target)[border].mean() < 4
    assert np.abs(source - target)[border].mean() > 12


def test_the_report_says_all_that_programs_read(transferred: Transferred) -> None:
    report, pair = report_of(transferred.output), transferred.pair
    number = (int, float)
    assert report["source"] == str(pair.source)
    assert report["target"] == str(pair.target)
    output = {"frames": pair.frames, "width": 160, "height": 192, "audio": True, "path": str(transferred.output)}
    assert {name: report["output"][name] for name in output} == output
    assert report["output"]["fps"] == pytest.approx(12000 / 1001)
    names = [f"{role}_{stage}" for role in ("source", "target") for stage in BEFORE_TRAINING]
    once = ("prepare_body", "target_scene", "references", "learn", "retarget", "synthesize")
    assert set(report["stages"]) == {*names, *once}
    for cost in report["stages"].values():
        assert isinstance(cost["seconds"], number)
        assert cost["cached"] is False
        assert cost["frames_per_second"] is None or cost["frames_per_second"] > 0
    for fit in (report["fit"]["source"], report["fit"]["target"]):
        assert 0 < fit["reprojection_percent"] < 5
        assert 0 < fit["registered_percent"] < 5
        assert 0.5 < fit["silhouette_iou"] <= 1
        assert isinstance(fit["jitter"], number)
        assert fit["frames_without_person"] == 0
    assert report["retargeting"]["foot_skate_cm_per_s"] >= 0
    assert 0.5 < report["retargeting"]["leg_length_ratio"] < 2
    reenactment = report["reenactment"]
    assert all(isinstance(reenactment[name], number) for name in ("psnr", "ssim", "psnr_person", "flicker"))
    assert reenactment["frames"] > 0
    assert reenactment["measured_in"] == "crop"
    training = report["training"]
    assert isinstance(training["steps"], int)
    assert training["steps"] > 0
    assert training["steps_per_second"] > 0
    assert training["device"] == "cpu"
    assert len(report["review_frames"]) <= 12
    for frame in report["review_frames"]:
        assert 0 <= frame["index"] < pair.frames
        assert frame["reason"]
    assert all(isinstance(sentence, str) for sentence in report["fallbacks"])
    assert report["peak_memory_mb"] > 100
    assert {"python", "torch", "motion-transfer"} <= set(report["versions"])
    assert report["seed"] == 0


def test_page_and_contact_sheet_and_nothing_else_stand_beside_the_result(transferred: Transferred) -> None:
    names = {path.name for path in transferred.output.parent.iterdir()}
    assert names == {"out.mp4", "out.report.html", "out.report.json", "out.report.png"}
    sheet = cv2.imread(str(transferred.output.with_suffix(".report.png")))
    assert sheet is not None
    assert sheet.shape[0] > 4 * 200
    assert sheet.std() > 20


def test_the_end_says_where_the_video_is_how_good_and_how_long_each_stage_took(transferred: Transferred) -> None:
    said = transferred.done.stdout
    assert f"Video: {transferred.output}" in said
    assert "dB PSNR" in said
    assert "Time: " in said
    assert f"performer={transferred.performer}" in said
    progress = transferred.done.stderr.splitlines()
    assert len(progress) == len(report_of(transferred.output)["stages"])  # a line each, and quiet libraries


# With the performer that was learned


def test_a_motion_file_moves_a_performer_learned_before(
    transferred: Transferred, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wave = write_arm_wave(tmp_path / "wave.bvh")
    performer = shutil.copytree(transferred.performer, tmp_path / "anna")
    cli.run("transfer", [wave.name, "performer=anna", "device=cpu"])
    output = tmp_path / "wave_as_anna.mp4"
    result, report = open_video(output), report_of(output)
    assert len(result) == 9
    assert result.fps == 15
    assert str(result.size) == str(SIZE)
    assert report["output"]["audio"] is False
    assert result.audio_source is None
    assert set(report["fit"]) == {"target"}
    assert report["target"] == performer.name
    moved = np.abs(np.diff(frames_of(output).astype(int), axis=0)).max((0, 3)) > 40
    assert moved.sum() > 30
    x = np.nonzero(moved)[1]
    left_of_the_body = frames_of(output).shape[2] / 2 - 15  # in the picture, it is on the right
    assert np.median(x) > left_of_the_body


def test_a_motion_file_that_is_none_is_named(
    transferred: Transferred, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "walk.bvh").write_text("not a motion")
    words = [f"performer={transferred.performer}", "device=cpu", "body=tiny", f"output={tmp_path / 'out.mp4'}"]
    with pytest.raises(SystemExit) as ended:
        cli.run("transfer", [str(tmp_path / "walk.bvh"), *words])
    said = capfd.readouterr().err.splitlines()[-1]
    assert ended.value.code == 2
    assert said.startswith("transfer: error: ")
    assert "expected a BVH motion file, got" in said
    assert "walk.bvh" in said
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.soak
def test_of_a_cut_off_source_the_frames_that_decode_are_used_and_counted(
    transferred: Transferred, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = transferred.pair.source.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: int(len(whole) * 0.7)])
    words = ["cut.mp4", f"performer={transferred.performer}", "output=out.mp4", "side_by_side=true", *QUICK]
    cli.run("transfer", [*words, f"work_dir={tmp_path / 'work'}"])
    report, result = report_of(tmp_path / "out.mp4"), open_video(tmp_path / "out.mp4")
    (told,) = [sentence for sentence in report["fallbacks"] if "damaged" in sentence]
    assert f"{len(result)} of about {transferred.pair.frames} frames decode and are used" in told
    assert 5 <= len(result) < transferred.pair.frames
    assert len(result) == report["output"]["frames"]
    assert result.size.width == report["output"]["width"] == 2 * SIZE.width  # the source stands beside


# Two at once


@pytest.mark.soak  # two processes that ask for one thing at once: tests/files/test_shared_cache.py
def test_two_runs_at_once_learn_once_and_both_succeed(transferred: Transferred, tmp_path: Path) -> None:
    work, outputs = tmp_path / "work", [tmp_path / "one.mp4", tmp_path / "other.mp4"]
    shutil.copytree(transferred.work, work)
    for made in ("learn", "training"):
        shutil.rmtree(work / made)
    words = [word for word in transferred.words if not word.startswith("work_dir=")]
    with ThreadPoolExecutor(2) as pool:
        started = [
            pool.submit(run_script, "transfer", [*words, f"work_dir={work}", f"output={output}"], tmp_path)
            for output in outputs
        ]
        both = [run.result() for run in started]
    assert [done.returncode for done in both] == [0, 0], [done.stderr for done in both]
    stages = [report_of(output)["stages"] for output in outputs]
    assert sorted(run["learn"]["cached"] for run in stages) == [False, True]
    assert_same_video(*outputs)
    assert len(list((work / "learn").glob("[!.]*"))) == 1


# Killed


def start_and_kill(words: list[str], folder: Path, condition: Callable[[], bool]) -> None:
    """Kill the process and its workers at once, as nothing can be caught, when `condition` holds."""
    process = WarmProcess([str(ROOT / "scripts" / "transfer.py"), *words], folder, os.environ)
    try:
        until(condition, process)
    finally:
        process.kill_group()


def steps_done(checkpoint: Path) -> int:
    callbacks = read_checkpoint(checkpoint)["callbacks"]
    return next(state["steps"] for state in callbacks.values() if "steps" in state)


@pytest.mark.soak
def test_after_kills_it_goes_on_where_it_was_and_the_result_is_complete(
    transferred: Transferred, tmp_path: Path
) -> None:
    pair, work, output = transferred.pair, tmp_path / "work", tmp_path / "new" / "out.mp4"
    shutil.copytree(transferred.work, work)
    for made in ("crop", "register", "learn", "training"):
        shutil.rmtree(work / made)
    words = [str(pair.source), str(pair.target), "minutes=0.15", f"work_dir={work}", f"output={output}"]
    words += [*QUICK, "training.workers=1"]

    start_and_kill(words, tmp_path, lambda: (work / "crop").is_dir() and any((work / "crop").glob("[!.]*/")))
    assert not (work / "register").is_dir() or not list((work / "register").glob("[!.]*/"))
    start_and_kill(words, tmp_path, lambda: any(work.glob("training/*/last.ckpt")))
    assert not output.exists()
    (checkpoint,) = work.glob("training/*/last.ckpt")
    before = steps_done(checkpoint)
    assert before > 0

    done = run_script("transfer", words, tmp_path)
    assert done.returncode == 0, done.stderr
    report = report_of(output)
    for stage in BEFORE_TRAINING:
        assert report["stages"][f"target_{stage}"]["cached"], stage
    assert report["training"]["steps"] > before
    assert report["training"]["seconds"] == pytest.approx(9, abs=4)  # of both parts, the killed one's included
    assert report["stages"]["learn"]["cached"] is False
    assert len(open_video(output)) == pair.frames
    assert {path.name for path in output.parent.iterdir()} == {
        "out.mp4",
        "out.report.html",
        "out.report.json",
        "out.report.png",
    }
    left = [path for path in work.rglob("*") if ".partial-" in path.name]
    assert not left
