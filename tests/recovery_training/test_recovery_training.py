"""A tiny training: losses fall, feedback steps help, and a resumed training is the uninterrupted one."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.mesh_recovery.backbone import FEATURES
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.network import MeshRecoveryNetwork
from motion_transfer.recovery_training.drawing import drawing
from motion_transfer.recovery_training.learner import Learner, LearningSettings
from motion_transfer.recovery_training.pose_prior import PosePrior
from motion_transfer.recovery_training.training import CHECKPOINT, FIGURES, WEIGHTS, RecoveryTraining
from motion_transfer.synthetic.people_in_crops import CropArtist, PersonCrops
from motion_transfer.synthetic.pose_mixing import PoseLibrary
from motion_transfer.synthetic.random_poses import random_poses

pytestmark = pytest.mark.slow


class SmallBackbone(torch.nn.Module):
    """Colours of the picture's tiles as features, in place of the real one, which is too slow here."""

    def __init__(self) -> None:
        super().__init__()
        self.read = torch.nn.Conv2d(3, FEATURES // 16, 8, 8)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.read(pictures).flatten(1)


class OneSheet:
    """Gives the same crops when it is waited for, and nothing in between."""

    def __init__(self, crops: PersonCrops) -> None:
        self.crops = crops

    def take(self, *, wait: bool) -> PersonCrops | None:
        return self.crops if wait else None


def library() -> PoseLibrary:
    return PoseLibrary(parent_from_joint=random_poses(np.random.default_rng(0), 50))


def artist(model: BodyModel) -> CropArtist:
    return CropArtist(model=model, landmarks=detector_anchors(model, LAYOUT), poses=library())


@pytest.fixture(scope="module")
def crops(tiny_body: BodyModel) -> PersonCrops:
    return artist(tiny_body)(1, bodies=1)


def train(
    model: BodyModel, crops: PersonCrops, folder: Path, steps: int, *, report_s: float = 2.0, until: int | None = None
) -> Learner:
    torch.manual_seed(0)
    body = BodyPoints.of(model, detector_anchors(model, LAYOUT))
    network = MeshRecoveryNetwork(body, hidden=128, dropout=0.1)
    network.backbone = SmallBackbone()
    learner = Learner(network, device=torch.device("cpu"), half_precision=False)
    training = RecoveryTraining(
        steps=steps,
        batch=16,
        size_px=32,
        first_crops=16,
        capacity=16,
        report_s=report_s,
        learning=LearningSettings(lr=2e-3),
    )
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        if until is not None and f"step={until} " in line:
            raise KeyboardInterrupt

    try:
        training(learner, body, library(), LAYOUT.names, OneSheet(crops), crops, folder, report=report)
    except KeyboardInterrupt:
        assert until is not None
    return learner


def test_losses_fall_feedback_helps_and_everything_is_stored(
    tiny_body: BodyModel, crops: PersonCrops, tmp_path: Path
) -> None:
    learner = train(tiny_body, crops, tmp_path, steps=60)
    history = json.loads((tmp_path / FIGURES).read_text())
    for term in ("points", "reprojection", "rotations", "root"):
        first, last = (history[at][term] for at in (0, -1))
        assert last < 0.85 * first, term
    assert history[-1]["mpjpe_mm_step_3"] < history[-1]["mpjpe_mm_step_1"]
    assert history[-1]["step"] == learner.step == 60
    assert (tmp_path / WEIGHTS).stat().st_size > 1e5


def test_a_resumed_training_ends_as_the_uninterrupted_one(
    tiny_body: BodyModel, crops: PersonCrops, tmp_path: Path
) -> None:
    whole = train(tiny_body, crops, tmp_path / "whole", steps=6)
    stopped = train(tiny_body, crops, tmp_path / "parts", steps=6, report_s=0.0, until=3)
    assert stopped.step == 3
    assert (tmp_path / "parts" / CHECKPOINT).is_file()
    resumed = train(tiny_body, crops, tmp_path / "parts", steps=6)
    for name, weight in whole.network.state_dict().items():
        assert torch.equal(weight, resumed.network.state_dict()[name]), name
    assert all(torch.equal(resumed.averaged[name], average) for name, average in whole.averaged.items())


def test_the_prior_learns_what_is_natural() -> None:
    torch.manual_seed(0)
    prior = PosePrior()
    optimizer = torch.optim.Adam(prior.parameters(), lr=1e-3)
    generator = np.random.default_rng(2)
    for _ in range(60):
        wild = torch.linalg.qr(torch.randn(32, 24, 3, 3)).Q
        loss = prior.loss(random_poses(generator, 32), wild)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    wild = torch.linalg.qr(torch.randn(64, 24, 3, 3)).Q
    assert prior.unnaturalness(random_poses(generator, 64)) < 0.3 * prior.unnaturalness(wild)


def test_either_minutes_or_steps_are_given() -> None:
    with pytest.raises(ValueError, match="expected either minutes or steps"):
        RecoveryTraining()
    with pytest.raises(ValueError, match="steps of 32 px"):
        RecoveryTraining(minutes=1, size_px=100)


@pytest.mark.slow
@pytest.mark.subprocess
def test_processes_draw(tiny_body: BodyModel) -> None:
    with drawing(artist(tiny_body), processes=1, first_seed=1) as crops:
        drawn = crops.take(wait=True)
    assert drawn is not None
    assert np.array_equal(drawn.rgb, artist(tiny_body)(1).rgb)


@pytest.mark.slow
@pytest.mark.subprocess
def test_a_failing_process_is_noticed(tiny_body: BodyModel) -> None:
    nothing = CropArtist(
        model=tiny_body,
        landmarks=detector_anchors(tiny_body, LAYOUT),
        poses=PoseLibrary(parent_from_joint=torch.zeros(0, 24, 3, 3)),
    )
    with (
        drawing(nothing, processes=1, first_seed=1) as failing,
        pytest.raises(RuntimeError, match="a drawing process failed: ValueError"),
    ):
        failing.take(wait=True)


def test_a_process_that_cannot_be_started_is_told_as_it_is(
    tiny_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise OSError("no room for a process")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
    with (
        pytest.raises(OSError, match="no room for a process"),
        drawing(artist(tiny_body), processes=2, first_seed=1),
    ):
        pass
