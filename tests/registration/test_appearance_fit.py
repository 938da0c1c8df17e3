"""Clothing, texture and refined motion, found from a rendered clip whose fit is a little wrong."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from known_clips import FPS, exact_detections, make_refiner

from motion_transfer.appearance.plate import Plate
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyPose, BodyShape, Capture
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.registration.appearance_fit import Appearance, AppearanceFitter
from motion_transfer.registration.crops import Crops, open_crops, write_crops
from motion_transfer.registration.rerender import find_trusted
from motion_transfer.rendering.crop_track import body_boxes, track_crop
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import SyntheticClip, synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

pytestmark = pytest.mark.slow
SIZE = ImageSize(height=240, width=180)


@value
class Fitted:
    clip: SyntheticClip
    start: Capture
    crops: Crops
    appearance: Appearance
    advanced: int
    planned: int


@pytest.fixture(scope="module")
def fitted(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """The appearance of a drawn dancer, found from a start whose joints and path are a little wrong."""
    folder: Path = tmp_path_factory.mktemp("crops")
    performer = random_performer(tiny_body, 3, texture_px=256)
    motion = dance(tiny_body, performer.shape, seconds=0.8, fps=FPS, seed=3, moves=("steps", "waves"))
    camera = room_camera(SIZE, 3)
    background = room(camera, 3)
    clip = synthesize_clip(tiny_body, performer, motion, camera, background)
    detections = dataclasses.replace(exact_detections(tiny_body, motion, camera), masks=clip.masks)
    wrong = torch.randn(1, len(JOINTS), 3, generator=torch.Generator().manual_seed(0)) * 0.05
    pose = BodyPose(
        parent_from_joint=motion.pose.parent_from_joint @ roma.rotvec_to_rotmat(wrong),
        root_position_m=motion.pose.root_position_m + torch.tensor([0.015, -0.01, 0.0]),
    )
    shape = BodyShape(betas=motion.shape.betas, clothing_offset_m=torch.zeros(24))
    start = complete_capture(tiny_body, shape, pose, camera, detections)
    boxes = body_boxes(shape_body(tiny_body, motion.shape).posed(motion.pose).vertices_m(), camera)
    track = track_crop(boxes, height=192, margin=0.06, smoothing_frames=3)
    frames = list(range(len(motion)))
    plate = Plate(rgb=background.rgb, known=np.full((SIZE.height, SIZE.width), True))
    write_crops(folder, clip.video, clip.masks, track, frames, plate, lambda: None)
    crops = open_crops(folder, track, frames, plate)
    steps: list[int] = []
    fit = AppearanceFitter(
        refine=make_refiner(tiny_body), iterations=1, texture_px=128, texture_views=6, clothing_views=2
    )
    appearance = fit(start, crops, lambda: steps.append(1))
    planned = fit.steps(len(frames), len(frames))
    return Fitted(clip=clip, start=start, crops=crops, appearance=appearance, advanced=len(steps), planned=planned)


def test_fitting_the_appearance_brings_the_body_onto_the_person(fitted: Fitted) -> None:
    before, after = fitted.start.quality, fitted.appearance.capture.quality
    assert after.silhouette_iou > before.silhouette_iou + 0.05
    assert after.silhouette_iou > 0.85
    assert after.reprojection_percent == before.reprojection_percent, "it stays the one of the fit to landmarks"
    assert after.registered_percent != before.reprojection_percent


def test_the_pose_comes_nearer_to_the_truth(fitted: Fitted, tiny_body: BodyModel) -> None:
    true = shape_body(tiny_body, fitted.clip.motion.shape).posed(fitted.clip.motion.pose).joints_m
    error = [
        float((shape_body(tiny_body, c.motion.shape).posed(c.motion.pose).joints_m - true)[..., :2].norm(dim=-1).mean())
        for c in (fitted.start, fitted.appearance.capture)
    ]
    assert error[1] < error[0]


def test_what_is_learned_is_finite_and_in_range(fitted: Fitted) -> None:
    motion, texture = fitted.appearance.capture.motion, fitted.appearance.texture
    assert motion.pose.parent_from_joint.isfinite().all()
    assert motion.pose.root_position_m.isfinite().all()
    assert motion.shape.clothing_offset_m.isfinite().all()
    assert texture.rgb.shape == (3, 128, 128)
    assert texture.rgb.isfinite().all()
    assert texture.rgb.min() >= 0
    assert texture.rgb.max() <= 1
    assert ((texture.seen >= 0) & (texture.seen <= 1)).all()
    assert (texture.seen > 0.15).float().mean() > 0.1
    assert fitted.advanced == fitted.planned


def test_camera_and_betas_are_kept(fitted: Fitted) -> None:
    after = fitted.appearance.capture
    assert torch.equal(after.motion.shape.betas, fitted.start.motion.shape.betas)
    assert torch.equal(after.camera.camera_from_world, fitted.start.camera.camera_from_world)


def test_the_mattes_are_those_of_the_person(fitted: Fitted) -> None:
    for index in (0, 5):
        true = fitted.crops.crop(index, fitted.clip.masks[index]) > 127
        assert ((fitted.crops.matte[index] > 127) != true).mean() < 0.02


def test_a_ball_in_the_picture_is_not_trusted_and_the_rest_is(fitted: Fitted, tiny_body: BodyModel) -> None:
    index, appearance = 4, fitted.appearance
    person = fitted.crops.crop(index, fitted.clip.masks[index]) > 127
    rows, columns = np.nonzero(person)
    row = int(rows.min() + 0.33 * np.ptp(rows))
    column = int(columns[rows == row].mean())
    y, x = np.mgrid[: person.shape[0], : person.shape[1]]
    ball = np.hypot(x - column, y - row) <= 8
    rgb = np.array(fitted.crops.rgb)
    rgb[index][ball] = 255
    body = shape_body(tiny_body, appearance.capture.motion.shape)
    clean, found = (
        find_trusted(crops, body, appearance.capture, appearance.texture)
        for crops in (fitted.crops, dataclasses.replace(fitted.crops, rgb=rgb))
    )
    assert found[index][ball & person].mean() < 0.15
    others = [i for i in range(len(found)) if i != index]
    assert np.array_equal(found[others], clean[others])
    inside = np.stack([fitted.crops.inside(i, SIZE) > 0 for i in range(len(clean))])
    assert clean[inside].mean() > 0.97
    assert not clean[~inside].any()
