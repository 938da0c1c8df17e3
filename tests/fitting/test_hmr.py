"""HMR as a motion estimator, alone and before the optimizer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from known_clips import FITTING, exact_detections, known_camera, made_up_dance
from omegaconf import OmegaConf

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import KnownPerson, MotionEstimator
from motion_transfer.fitting.hmr import HmrEstimator
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.solver import SmplifySolver
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.network import MeshRecoveryNetwork
from motion_transfer.mesh_recovery.weights import save_network


@pytest.fixture(scope="module")
def weights(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network that expects errors of a metre."""
    torch.manual_seed(0)
    network = MeshRecoveryNetwork(BodyPoints.of(tiny_body, detector_anchors(tiny_body, LAYOUT)), hidden=16)
    torch.nn.init.zeros_(network.error.weight)
    torch.nn.init.zeros_(network.error.bias)
    path = tmp_path_factory.mktemp("hmr") / "weights.npz"
    save_network(path, network)
    return path


def estimator(
    model: BodyModel, weights: Path, *, most_error_m: float, most_off: float = 0.05, iterations: int = 0
) -> HmrEstimator:
    terms = instantiate(OmegaConf.load(FITTING / "weights" / "smplify.yaml"))
    solver = SmplifySolver(iterations=iterations, lr=0.02, weights=terms) if iterations else None
    return HmrEstimator(
        model=model,
        focal=0.95,
        most_error_m=most_error_m,
        most_off=most_off,
        smoothing_s=0.05,
        weights=weights,
        solver=solver,
    )


def grey(detections: Detections) -> Video:
    frames = [np.full((detections.size.height, detections.size.width, 3), 127, np.uint8)] * len(detections.masks)
    return Video(open_frames=lambda: iter(frames), size=detections.size, fps=detections.fps, frame_count=len(frames))


@pytest.mark.slow
def test_an_unsure_network_leaves_the_start_to_the_landmarks(tiny_body: BodyModel, weights: Path) -> None:
    truth = made_up_dance(tiny_body, seconds=1.0)
    detections = exact_detections(tiny_body, truth, known_camera())
    ticks: list[None] = []
    hmr = estimator(tiny_body, weights, most_error_m=0.2, iterations=30)
    capture = hmr(grey(detections), detections, advance=lambda: ticks.append(None))
    assert isinstance(hmr, MotionEstimator)
    assert len(ticks) == hmr.steps(len(truth))
    assert f"In {len(truth)} of {len(truth)} frames the network was unsure" in capture.fallbacks[-1]
    assert capture.quality.reprojection_percent < 3


@pytest.mark.slow
def test_a_network_that_is_believed_gives_every_pose_itself(tiny_body: BodyModel, weights: Path) -> None:
    truth = made_up_dance(tiny_body, seconds=1.0)
    detections = exact_detections(tiny_body, truth, known_camera())
    capture = estimator(tiny_body, weights, most_error_m=5.0, most_off=9.0)(
        grey(detections), detections, advance=lambda: None
    )
    assert capture.fallbacks == ()
    upright = capture.motion.pose.parent_from_joint[:, 1:]
    assert (upright - torch.eye(3)).abs().max() < 0.5  # the untrained network sees the T-pose everywhere


@pytest.mark.slow
def test_a_known_person_keeps_shape_and_camera(tiny_body: BodyModel, weights: Path, truth: BodyMotion) -> None:
    camera = known_camera()
    detections = exact_detections(tiny_body, truth, camera)
    person = KnownPerson(shape=truth.shape, camera=camera)
    hmr = estimator(tiny_body, weights, most_error_m=0.2, iterations=5)
    capture = hmr(grey(detections), detections, person=person, advance=lambda: None)
    assert torch.equal(capture.motion.shape.betas, truth.shape.betas)
    assert torch.equal(capture.camera.camera_from_world, camera.camera_from_world)


@pytest.mark.slow
def test_settings_that_make_no_sense_are_refused(tiny_body: BodyModel, weights: Path) -> None:
    with pytest.raises(ValueError, match="expected focal, most_error_m and most_off above 0"):
        estimator(tiny_body, weights, most_error_m=0.0)
    with pytest.raises(FileNotFoundError, match="the weights of a mesh recovery network"):
        estimator(tiny_body, weights.with_name("none.npz"), most_error_m=0.2)
