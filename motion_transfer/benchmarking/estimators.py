"""Estimators of motion side by side, on drawn people who dance, turn and stand in profile, and on given clips."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from motion_transfer.benchmarking.clips import MOVES, DrawnDance, draw_dancer
from motion_transfer.benchmarking.convergence import measure_convergence
from motion_transfer.benchmarking.estimator_figures import DANCERS, PROFILES, TURNS, Cost, EstimatorFigures
from motion_transfer.benchmarking.estimator_page import write_page
from motion_transfer.benchmarking.measurement import Bar, Measurement
from motion_transfer.body.model import BodyModel
from motion_transfer.detection import detect, stabilize
from motion_transfer.domain.body_motion import FitQuality
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.evaluation.pose_accuracy import PoseAccuracy, joined, pose_accuracy
from motion_transfer.files.clips import open_clip
from motion_transfer.fitting.estimation import MotionEstimator
from motion_transfer.fitting.ground_alignment import horizontal_camera
from motion_transfer.fitting.hmr import HmrEstimator
from motion_transfer.fitting.smplify import SmplifyEstimator
from motion_transfer.run import Run, Stage
from motion_transfer.stages import Stages

FPS = Fraction(12)
DRAW, ESTIMATE = Stage(name="draw", phrase="draw"), Stage(name="estimate", phrase="estimate")
TURN_S = 6.0  # a full turn takes so long
PROFILE_RAD = (torch.pi / 2, -torch.pi / 2)  # by turns
NETWORK_MM, FACING_PERCENT = 75.0, 1.0
FRAMES_PER_CPU_S = 12.5  # of the network: 25 frames a second on two cores


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorBenchmark:
    """Measures `smplify`, `hmr` and `hmr_smplify`, and writes a page of their figures.

    Args:
        seeds: of drawn people who step, turn, squat and wave; whose energy is followed as well.
        turning_seeds, profile_seeds: of people who turn about themselves, and who stand in profile.
        clips: of filmed people.
        page: None for one beside the drawn clips.
        folder: of the page.
    """

    model: BodyModel
    compared: Mapping[str, MotionEstimator]
    seeds: Sequence[int]
    turning_seeds: Sequence[int]
    profile_seeds: Sequence[int]
    clips: Sequence[str | Path]
    height_px: int
    texture_px: int
    seconds: float
    page: str | Path | None
    folder: Path

    def __call__(self, stages: Stages, run: Run) -> list[Measurement]:
        """All measurements that have a bar; the page has the others too."""
        network, optimizer = self.compared["hmr_smplify"], self.compared["smplify"]
        if not isinstance(network, HmrEstimator) or not isinstance(optimizer, SmplifyEstimator):
            raise ValueError(
                "expected the estimators hmr_smplify and smplify of the package; leave their classes alone"
            )
        drawn: dict[str, dict[str, list[PoseAccuracy]]] = {}
        convergence, costs = {}, []
        with TemporaryDirectory() as scratch:
            for kind, seed, turned in self._drawn():
                name = f"{kind.replace(' ', '_')}_{seed}"
                path = Path(scratch) / f"{name}.mp4"
                with run.stage(DRAW, name):
                    truth = self._draw(path, kind, seed, turned)
                clip = stabilize(open_clip(path), run, name)
                detections = detect(clip, stages, run, name)
                with run.stage(ESTIMATE, name):
                    for estimator, accuracy in self._accuracies(clip, detections, truth).items():
                        drawn.setdefault(kind, {}).setdefault(estimator, []).append(accuracy)
                    if kind == DANCERS:
                        convergence[f"dancer {seed}"] = measure_convergence(clip, detections, optimizer, network)
                        costs.append(_cost(clip, detections, stages, network))
        figures = EstimatorFigures(
            drawn={kind: {name: joined(parts) for name, parts in found.items()} for kind, found in drawn.items()},
            filmed={Path(path).stem: self._filmed(Path(path), stages, run) for path in self.clips},
            convergence=convergence,
            cost=min(costs, key=lambda cost: cost.network_s),
        )
        write_page(Path(self.page) if self.page else self.folder / "estimators.md", figures)
        return _measurements(figures)

    def _drawn(self) -> list[tuple[str, int, float]]:
        profiles = [PROFILE_RAD[number % len(PROFILE_RAD)] for number in range(len(self.profile_seeds))]
        return [
            *((DANCERS, seed, 0.0) for seed in self.seeds),
            *((TURNS, seed, 0.0) for seed in self.turning_seeds),
            *((PROFILES, seed, turned) for seed, turned in zip(self.profile_seeds, profiles, strict=True)),
        ]

    def _draw(self, path: Path, kind: str, seed: int, facing_rad: float) -> DrawnDance:
        return draw_dancer(
            path,
            self.model,
            seed,
            seconds=TURN_S if kind == TURNS else self.seconds,
            fps=FPS,
            height_px=self.height_px,
            texture_px=self.texture_px,
            moves={DANCERS: MOVES, TURNS: ("turns", "waves"), PROFILES: ("sways", "waves")}[kind],
            facing_rad=facing_rad,
        )

    def _accuracies(self, clip: Clip, detections: Detections, truth: DrawnDance) -> dict[str, PoseAccuracy]:
        captures = {
            name: estimate(clip.video, detections, advance=lambda: None) for name, estimate in self.compared.items()
        }
        return {
            name: pose_accuracy(self.model, capture.motion, capture.camera, truth.motion, truth.camera)
            for name, capture in captures.items()
        }

    def _filmed(self, path: Path, stages: Stages, run: Run) -> dict[str, FitQuality]:
        clip = stabilize(open_clip(path), run, path.stem)
        detections = detect(clip, stages, run, path.stem)
        with run.stage(ESTIMATE, path.stem):
            return {
                name: estimate(clip.video, detections, advance=lambda: None).quality
                for name, estimate in self.compared.items()
            }


def _cost(clip: Clip, detections: Detections, stages: Stages, network: HmrEstimator) -> Cost:
    camera = horizontal_camera(detections.size, network.focal)
    begun = time.process_time()
    stages.detector.stage(clip.video)
    between = time.process_time()
    network.recovery(clip.video, detections, camera, advance=lambda: None)
    frames = len(clip)
    return Cost(detection_s=(between - begun) / frames, network_s=(time.process_time() - between) / frames)


def _measurements(figures: EstimatorFigures) -> list[Measurement]:
    """The figures that have a bar."""
    found: list[tuple[str, str, Bar, float]] = []
    dancers = figures.drawn[DANCERS]
    usual = dancers["smplify"].pa_mpjpe_mm
    for name, limit in (("hmr", NETWORK_MM), ("hmr_smplify", usual)):
        found.append((f"PA-MPJPE of {name}", "mm", Bar(limit=limit, at_most=True), dancers[name].pa_mpjpe_mm))
    for kind in (TURNS, PROFILES):
        for name, accuracy in figures.drawn.get(kind, {}).items():
            bar = Bar(limit=FACING_PERCENT, at_most=True)
            found.append((f"facing wrong in {kind}, {name}", "%", bar, accuracy.facing_wrong_percent))
    for name, convergence in figures.convergence.items():
        bar = Bar(limit=1, at_most=True)
        found.append((f"energy after half the iterations, {name}", "smplify's", bar, convergence.energy_at_half))
    for clip, qualities in figures.filmed.items():
        usual, found_here = qualities["smplify"], qualities["hmr_smplify"]
        bar = Bar(limit=usual.reprojection_percent, at_most=True)
        found.append((f"landmark error of hmr_smplify, {clip}", "%", bar, found_here.reprojection_percent))
        bar = Bar(limit=usual.silhouette_iou)
        found.append((f"silhouette of hmr_smplify, {clip}", "IoU", bar, found_here.silhouette_iou))
    bar = Bar(limit=FRAMES_PER_CPU_S)
    found.append(("frames of the network", "frames/CPU s", bar, 1 / figures.cost.network_s))
    return [Measurement(name=name, unit=unit, bar=bar, repeats=[number]) for name, unit, bar, number in found]
