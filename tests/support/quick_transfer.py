"""A transfer of seconds instead of minutes, started as the user starts it."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numbered_clips import write_clip
from warm_start import ROOT, run_warm

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.synthetic.pair import make_pair

FPS = Fraction(12000, 1001)
SIZE = ImageSize(height=192, width=160)
SECONDS = 4 / 3  # sixteen frames
# What is painted so is rough, and how it gets there is the same.
QUICK = (
    "preset=draft",
    "registration.source.appearance.iterations=1",
    "device=cpu",
    "resolution=96",
    "fitting.estimator.solver.iterations=60",
    "fitting.refiner.solver.iterations=12",
    "registration.appearance.texture_px=128",
    "registration.appearance.texture_views=8",
    "registration.appearance.clothing_views=4",
    "training.workers=0",
    "training.steps_between_validations=5",
)


def assert_same_video(one: Path, other: Path) -> None:
    """As many frames, and alike but for rounding: sums depend on where in memory the numbers lie."""
    pairs = list(zip(open_video(one), open_video(other), strict=True))
    assert max(np.abs(a.astype(float) - b).mean() for a, b in pairs) < 1.0


@dataclass(frozen=True)
class SmallPair:
    """Two clips on disk; the source has sound."""

    source: Path
    target: Path
    frames: int
    fps: Fraction
    size: ImageSize


@dataclass(frozen=True)
class Transferred:
    """A transfer that has run, with the words to run it again."""

    words: tuple[str, ...]
    output: Path
    work: Path
    pair: SmallPair
    done: subprocess.CompletedProcess[str]

    @property
    def performer(self) -> Path:
        """The folder of the performer that it has learned."""
        (folder,) = (self.work / "learn").glob("[!.]*")
        return folder


def draw_pair(free_body: BodyModel, folder: Path) -> SmallPair:
    pair = make_pair(free_body, seed=3, size=SIZE, seconds=SECONDS, fps=FPS, texture_px=256)
    sound = write_clip(folder / "sound.mp4", audio="aac", audio_s=SECONDS)
    for name, clip in (("source", pair.source), ("target", pair.target)):
        audio = sound if name == "source" else None
        with VideoWriter(folder / f"{name}.mp4", size=SIZE, fps=FPS, audio_source=audio) as writer:
            for frame in clip.video:
                writer.write(frame)
    return SmallPair(
        source=folder / "source.mp4",
        target=folder / "target.mp4",
        frames=len(pair.source.video),
        fps=FPS,
        size=SIZE,
    )


def run_transfer(small_pair: SmallPair, folder: Path) -> Transferred:
    output, work = folder / "new" / "out.mp4", folder / "work"
    words = (str(small_pair.source), str(small_pair.target), "minutes=0.01", f"work_dir={work}", *QUICK)
    done = run_script("transfer", [*words, f"output={output}"], folder)
    assert done.returncode == 0, done.stderr
    return Transferred(words=words, output=output, work=work, pair=small_pair, done=done)


def run_script(
    command: str, words: Sequence[str], folder: Path, *, timeout_s: float = 300
) -> subprocess.CompletedProcess[str]:
    """Start a command as the user does, in a folder of the test's own."""
    script = ROOT / "scripts" / f"{command}.py"
    return run_warm([str(script), *words], folder, os.environ, timeout_s)
