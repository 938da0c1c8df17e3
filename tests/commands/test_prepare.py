"""What `prepare` leaves is all that another machine needs to train: neither the detector, nor anny, nor a cache."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from arm_wave import write_arm_wave
from mistakes import Failure
from quick_transfer import QUICK, Transferred, run_script
from warm_start import ROOT, run_warm

from motion_transfer.files.video_reader import open_video

BEFORE_TRAINING = ("stabilize", "detect", "fit", "plate", "crop", "register")
WITHOUT_VENDORS = str(ROOT / "tests" / "support" / "without_vendors.py")


def run_without_vendors(words: list[str], folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    return run_warm([WITHOUT_VENDORS, *words], folder, os.environ | {"MOTION_TRANSFER_CACHE": str(cache)}, 300)


@pytest.mark.subprocess
@pytest.mark.slow
def test_training_needs_the_prepared_folder_alone_and_painting_the_performer(
    transferred: Transferred, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    prepared = here / "prepared" / "target"
    for step in BEFORE_TRAINING:  # an earlier run had come so far, so that this one takes seconds
        shutil.copytree(transferred.work / step, prepared / step)
    done = run_script("prepare", [str(transferred.pair.target), *QUICK], here)
    assert done.returncode == 0, done.stderr
    assert "copy the folder prepared/target" in done.stdout
    shutil.move(prepared, there / "taken")
    words = ["train", "dancer=target", "data=taken/data", "work_dir=taken", *QUICK, "minutes=0.01"]
    trained = run_without_vendors(words, there, there / "no_cache")
    assert trained.returncode == 0, trained.stderr
    stages = ("detect", "fit", "background plate", "crops and mattes", "texture and registration")
    lines = [line for line in trained.stderr.splitlines() if any(stage in line for stage in stages)]
    assert len(lines) == len(stages)
    assert all("found from an earlier run" in line for line in lines)
    assert (there / "performers" / "target" / "generator.npz").is_file()
    assert not (there / "no_cache").exists()
    scores = trained.stdout.split("kept out of training: ")[1].splitlines()[0]
    assert json.loads(scores)["frames"] > 0
    write_arm_wave(there / "wave.bvh")
    words = ["transfer", "wave.bvh", "performer=performers/target", "output=wave.mp4", "device=cpu"]
    painted = run_without_vendors(words, there, there / "no_cache")
    assert painted.returncode == 0, painted.stderr
    assert len(open_video(there / "wave.mp4")) == 9


@pytest.mark.slow
@pytest.mark.parametrize(("missing", "after"), [("anny", 0), ("mediapipe", 1)])
def test_what_is_missing_is_named_where_nothing_was_prepared(
    missing: str, after: int, clip: Path, monkeypatch: pytest.MonkeyPatch, fails: Failure
) -> None:
    monkeypatch.setenv("MOTION_TRANSFER_CACHE", str(clip.parent / "empty"))
    for name in [missing, *(name for name in sys.modules if name.startswith(f"{missing}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    body = ["body=tiny"] if missing == "mediapipe" else []  # which needs no anny either
    assert f"package {missing}" in fails("prepare", str(clip), *QUICK, *body, after=after)
