"""Accuracy of the captured motion: drawn dancers, whose joints are known, through the real detector and fitter."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from motion_transfer.benchmarking.clips import draw_dancer
from motion_transfer.body.posing import shape_body
from motion_transfer.detection import stabilize
from motion_transfer.evaluation.motion_metrics import pa_mpjpe
from motion_transfer.files.clips import open_clip
from motion_transfer.pipeline import capture
from motion_transfer.run import Run, Stage
from motion_transfer.stages import Stages

FPS = Fraction(12)
DRAW = Stage(name="draw", phrase="draw")


def pose_error_mm(stages: Stages, run: Run, seed: int, *, seconds: float, height_px: int, texture_px: int) -> float:
    """Give the PA-MPJPE of a drawn dancer's 24 joints in millimetres, aligned frame by frame (see `pa_mpjpe`)."""
    model, dancer = stages.model, f"dancer_{seed}"
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{dancer}.mp4"
        with run.stage(DRAW, dancer):
            truth = draw_dancer(path, model, seed, seconds=seconds, fps=FPS, height_px=height_px, texture_px=texture_px)
        found = capture(stabilize(open_clip(path), run, dancer), stages, run, dancer)
    fitted, true = (shape_body(model, m.shape).posed(m.pose).joints_m for m in (found.motion, truth.motion))
    return pa_mpjpe(fitted, true)
