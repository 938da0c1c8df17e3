"""Clips whose truth is known: a made-up dance of the capsule body, seen by a perfect detector."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra.utils import instantiate
from jaxtyping import Float
from omegaconf import OmegaConf
from torch import Tensor

import motion_transfer.configs
from motion_transfer.body.anchors import Anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion, BodyShape, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.evaluation.motion_metrics import procrustes_aligned
from motion_transfer.fitting.estimation import KnownPerson
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.smplify import SmplifyEstimator, SmplifyRefiner
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.scene import room_camera

SIZE = ImageSize(height=640, width=480)
MASK_SIZE = ImageSize(height=160, width=120)
FOCAL = 0.95  # of `room_camera`
FPS = Fraction(15)
FITTING = Path(motion_transfer.configs.__path__[0]) / "fitting"


def naked(betas: tuple[float, ...] = ()) -> BodyShape:
    """A body without clothes."""
    return BodyShape(betas=torch.tensor([*betas, *[0.0] * (10 - len(betas))]), clothing_offset_m=torch.zeros(24))


def make_estimator(model: BodyModel, *, iterations: int = 200) -> SmplifyEstimator:
    """As shipped, with fewer steps."""
    return _shipped("estimator", model, iterations, {})


def make_refiner(model: BodyModel, *, iterations: int = 100, **changes: float) -> SmplifyRefiner:
    """As shipped, with fewer steps and changed weights."""
    return _shipped("refiner", model, iterations, changes)


def _shipped(stage: str, model: BodyModel, iterations: int, changes: dict[str, float]) -> Any:
    files = {group: OmegaConf.load(FITTING / group / "smplify.yaml") for group in ("weights", stage)}
    config = OmegaConf.create({"fitting": files}).fitting
    config.weights.update(changes)
    config[stage].solver.iterations = iterations
    return instantiate(config[stage], _partial_=True)(model=model)


def estimated(
    model: BodyModel, detections: Detections, person: KnownPerson | None = None, *, iterations: int = 200
) -> Capture:
    """The capture that the shipped estimator makes of detections, without any picture."""
    black = np.zeros((detections.size.height, detections.size.width, 3), np.uint8)
    frames = len(detections.masks)
    video = Video(
        open_frames=lambda: iter([black] * frames), size=detections.size, fps=detections.fps, frame_count=frames
    )
    return make_estimator(model, iterations=iterations)(video, detections, person=person, advance=lambda: None)


def made_up_dance(model: BodyModel, *, seconds: float = 2.0, seed: int = 2) -> BodyMotion:
    return dance(model, naked((0.8, -0.5)), seconds=seconds, fps=FPS, seed=seed, moves=("steps", "waves"))


def known_camera() -> Camera:
    return room_camera(SIZE, 4)


def posed(model: BodyModel, motion: BodyMotion) -> PosedBody:
    return shape_body(model, motion.shape).posed(motion.pose)


def landmarks_px(model: BodyModel, motion: BodyMotion, camera: Camera) -> Float[Tensor, "frame landmark 2"]:
    """Where the landmarks of a motion are in the picture."""
    return camera.project(_landmarks_m(posed(model, motion), motion))[0]


def exact_detections(model: BodyModel, motion: BodyMotion, camera: Camera, *, masks: Masks | None = None) -> Detections:
    """What a detector without errors would find; without masks those of the naked body."""
    body = posed(model, motion)
    landmarks = _landmarks_m(body, motion)
    head, in_space = body.world_from_rest[:, joint("head"), :3, :3], landmarks.clone()
    ears = [LAYOUT.index("left_ear"), LAYOUT.index("right_ear")]
    middle = landmarks[:, ears].mean(1)
    for index, ahead, left in ((ears[0], 0.0, 0.07), (ears[1], 0.0, -0.07), (LAYOUT.index("nose"), 0.1, 0.0)):
        in_space[:, index] = middle + ahead * head[..., 2] + left * head[..., 0]  # the capsule has no face of its own
    hips = landmarks[:, [LAYOUT.index("left_hip"), LAYOUT.index("right_hip")]].mean(1, keepdim=True)
    confidence = torch.ones(landmarks.shape[:2])
    return Detections(
        layout=LAYOUT,
        landmarks_2d=Landmarks2D(xy_px=camera.project(landmarks)[0], confidence=confidence),
        landmarks_3d=Landmarks3D(
            xyz_m=(in_space - hips) @ camera.camera_from_world[:3, :3].T, confidence=confidence.clone()
        ),
        masks=drawn_masks(body, camera) if masks is None else masks,
        size=camera.size,
        fps=motion.fps,
    )


def drawn_masks(body: PosedBody, camera: Camera) -> Masks:
    """The silhouettes of a posed body."""
    covered = render_mesh(body.vertices_m(), body.shaped.model.faces, camera.resized(MASK_SIZE)).covered
    pictures = covered.numpy().astype(np.uint8) * 255
    return Masks(compressed=tuple(Masks.compress(picture) for picture in pictures), size=MASK_SIZE)


def pa_mpjpe_m(found: Float[Tensor, "frame joint 3"], true: Float[Tensor, "frame joint 3"]) -> Float[Tensor, "frame"]:
    """Mean joint distance of each frame after Procrustes alignment."""
    return (procrustes_aligned(found, true) - true).norm(dim=-1).mean(1)


def _landmarks_m(body: PosedBody, motion: BodyMotion) -> Float[Tensor, "frame landmark 3"]:
    return _anchors(body.shaped.model).posed(motion.shape.betas, body.world_from_rest)


@cache
def _anchors(model: BodyModel) -> Anchors:
    return detector_anchors(model, LAYOUT)
