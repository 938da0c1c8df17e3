"""`train_hmr` checks what it is given before it draws anything, and trains before pictures of the user's."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from imagenet_weights import published
from mistakes import Failure

from motion_transfer.body.model import BodyModel
from motion_transfer.commands import train_hmr
from motion_transfer.configuration.compose import compose
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.network import MeshRecoveryNetwork
from motion_transfer.mesh_recovery.weights import load_network, save_network
from motion_transfer.recovery_training.recipe import network_to_start_from

SMALL = ("body=tiny", "device=cpu", "dances=1", "held_out=16", "processes=1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("start_from=none.npz",), "expected weights of train_hmr"),
        ((f"start_from={__file__}",), "expected the weights of a mesh recovery network"),
        (("backbone=none.pth",), "expected the ImageNet weights of EfficientNet-Lite0"),
        (("training.minutes=0",), "expected positive numbers"),
        (("dances=0",), "expected dances to be a whole number of at least 1"),
    ],
)
def test_a_mistake_is_told_in_one_line(words: tuple[str, ...], message: str, fails: Failure, tmp_path: Path) -> None:
    assert message in fails("train_hmr", *SMALL, f"folder={tmp_path / 'hmr'}", *words)
    assert not (tmp_path / "hmr").exists()


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    path = tmp_path / "backbone.pth"
    torch.save(published(), path)
    return path


def write_picture(path: Path, height: int, width: int) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))


@pytest.mark.slow
def test_pictures_that_cannot_be_backgrounds_are_refused(fails: Failure, backbone: Path, tmp_path: Path) -> None:
    rooms = tmp_path / "rooms"
    given = (*SMALL, f"backbone={backbone}", f"folder={tmp_path / 'hmr'}", f"pictures={rooms}")
    assert "expected a folder of pictures, found none at" in fails("train_hmr", *given)
    rooms.mkdir()
    assert "expected 1 to 400 pictures (.jpg, .jpeg, .png) in" in fails("train_hmr", *given)
    write_picture(rooms / "large.jpg", 900, 600)
    write_picture(rooms / "narrow.jpg", 900, 200)
    assert "px or more on each side" in (said := fails("train_hmr", *given))
    assert "got narrow.jpg;" in said
    assert not (tmp_path / "hmr").exists()


@pytest.mark.slow
def test_a_short_training_before_pictures_of_the_users_leaves_a_network(backbone: Path, tmp_path: Path) -> None:
    write_picture(tmp_path / "rooms" / "large.png", 900, 1400)
    training = ("training.minutes=0.02", "training.batch=4", "training.first_crops=16")
    words = (*SMALL, *training, f"backbone={backbone}", f"pictures={tmp_path / 'rooms'}", f"folder={tmp_path / 'hmr'}")
    figures = train_hmr.main(compose("train_hmr", [*words]))
    assert figures["step"] >= 1
    assert json.loads((tmp_path / "hmr" / "figures.json").read_text())[-1] == figures
    assert load_network(tmp_path / "hmr" / "weights.npz").betas == 10


@pytest.mark.slow
def test_a_training_starts_from_the_weights_of_a_former_one(tmp_path: Path, tiny_body: BodyModel) -> None:
    body = BodyPoints.of(tiny_body, detector_anchors(tiny_body, LAYOUT))
    former = MeshRecoveryNetwork(body, hidden=64)
    save_network(tmp_path / "weights.npz", former)
    weights = network_to_start_from(tmp_path / "weights.npz", body).state_dict()
    assert torch.equal(former.feedback[0].weight.half().float(), weights["feedback.0.weight"])
    assert torch.equal(body.anchors, weights["body.anchors"])
    fewer = BodyPoints(betas=body.rest_directions_m.shape[-1] - 1, landmarks=len(body.anchors))
    with pytest.raises(ValueError, match=r"expected weights for 33 landmarks and 9 betas in .*, got 33 and 10"):
        network_to_start_from(tmp_path / "weights.npz", fewer)
