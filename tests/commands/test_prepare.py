"""What `prepare` leaves is all that another machine needs to train: neither the detector, nor anny, nor a cache."""

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from arm_wave import write_arm_wave

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.video_reader import open_video
from motion_transfer.protocols.drawn_pair import write_clip
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import render_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=320, width=240)
SMALL = (
    "resolution=64",
    "fitting.estimator.solver.iterations=60",
    "fitting.refiner.solver.iterations=20",
    "device=cpu",
)
LOOK = (
    "registration.appearance.iterations=1",
    "registration.appearance.texture_px=128",
    "registration.appearance.texture_views=6",
    "registration.appearance.clothing_views=2",
)
TAUGHT = ("minutes=0.02", "training.workers=0", "training.steps_between_validations=4")
START = "from motion_transfer.cli import main; main()"
WITHOUT_VENDORS = f"import sys; sys.modules['mediapipe'] = sys.modules['anny'] = None; {START}"


@pytest.fixture(scope="module")
def clip(free_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "dancer.mp4"
    performer = random_performer(free_body, 3, texture_px=256)
    motion = dance(free_body, performer.shape, seconds=1.2, fps=Fraction(12), seed=3, moves=("steps", "waves"))
    camera = room_camera(SIZE, 3)
    write_clip(path, render_clip(free_body, performer, motion, camera, room(camera, 3)))
    return path


def run(code: str, words: list[str], folder: Path, cache: Path | None) -> subprocess.CompletedProcess[str]:
    own = {} if cache is None else {"MOTION_TRANSFER_CACHE": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=folder, env=os.environ | own, capture_output=True, text=True
    )


@pytest.mark.subprocess
@pytest.mark.slow
def test_training_needs_the_prepared_folder_alone_and_painting_the_performer(clip: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    done = run(START, ["prepare", str(clip), *SMALL, *LOOK], here, None)
    assert done.returncode == 0, done.stderr
    assert "copy the folder prepared/dancer" in done.stdout
    shutil.move(here / "prepared" / "dancer", there / "taken")
    words = ["train", "dancer=dancer", "data=taken/data", "work_dir=taken", *SMALL, *LOOK, *TAUGHT]
    trained = run(WITHOUT_VENDORS, words, there, there / "no_cache")
    assert trained.returncode == 0, trained.stderr
    stages = ("detect", "fit", "background plate", "crops and mattes", "texture and registration")
    lines = [line for line in trained.stderr.splitlines() if any(stage in line for stage in stages)]
    assert len(lines) == len(stages)
    assert all("found from an earlier run" in line for line in lines)
    assert (there / "performers" / "dancer" / "generator.npz").is_file()
    assert not (there / "no_cache").exists()
    scores = trained.stdout.split("kept out of training: ")[1].splitlines()[0]
    assert json.loads(scores)["frames"] > 0
    write_arm_wave(there / "wave.bvh")
    words = ["transfer", "wave.bvh", "performer=performers/dancer", "output=wave.mp4", "device=cpu"]
    painted = run(WITHOUT_VENDORS, words, there, there / "no_cache")
    assert painted.returncode == 0, painted.stderr
    assert len(open_video(there / "wave.mp4")) == 9


@pytest.mark.subprocess
@pytest.mark.slow
@pytest.mark.parametrize("missing", ["anny", "mediapipe"])
def test_what_is_missing_is_named_where_nothing_was_prepared(missing: str, clip: Path, tmp_path: Path) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; {START}"
    done = run(code, ["prepare", str(clip), *SMALL], tmp_path, None)
    assert done.returncode == 2
    assert f"package {missing}" in done.stderr
    assert "Traceback" not in done.stderr
