"""Accuracy of the captured motion: drawn dancers, whose joints are known, through the real detector and fitter."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from motion_transfer.benchmarking.clips import draw_dancer
from motion_transfer.body.posing import shape_body
from motion_transfer.evaluation.motion_metrics import pa_mpjpe
from motion_transfer.files.video_reader import open_video
from motion_transfer.pipeline import Stages, as_source, extract_motion

FPS = Fraction(12)


def pose_error_mm(stages: Stages, seed: int, *, seconds: float, height_px: int, texture_px: int) -> float:
    """Give the PA-MPJPE of a drawn dancer's 24 joints in millimetres, aligned frame by frame (see `pa_mpjpe`)."""
    model = stages.estimator.model
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / f"dancer_{seed}.mp4"
        with stages.progress.stage(f"draw dancer {seed}"):
            truth = draw_dancer(path, model, seed, seconds=seconds, fps=FPS, height_px=height_px, texture_px=texture_px)
        capture = extract_motion(as_source(open_video(path), path), f"dancer {seed}", stages)
    fitted, true = (shape_body(model, m.shape).posed(m.pose).joints_m for m in (capture.motion, truth))
    return pa_mpjpe(fitted, true)
