"""A second of a small rendered dance, prepared as footage to learn from, with its true motion and texture."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from known_clips import FPS, exact_detections

from motion_transfer.appearance.plate import Plate
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.datasets.footage import open_footage, write_footage
from motion_transfer.domain.video import ImageSize
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.performers.look import Look
from motion_transfer.performers.teaching import TrainingSet
from motion_transfer.rendering.crop_track import body_boxes, track_crop
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=120, width=90)
WINDOW_PX = 64
# Of a generator and a discriminator that take no time.
GENERATOR = {
    "base_channels": 4,
    "max_channels": 8,
    "levels": 2,
    "norm": "instance",
    "activation": "leaky_relu",
    "dropout": 0.0,
    "texture_channels": 2,
    "texture_px": 16,
    "recurrent": True,
}
DISCRIMINATOR = {"base_channels": 4, "layers": 2, "scales": 2, "norm": "instance"}


def small_training_set(body_model: BodyModel, folder: Path) -> TrainingSet:
    """Render the clip and write its footage to the folder."""
    person = random_performer(body_model, 3, texture_px=64)
    motion = dance(body_model, person.shape, seconds=1.0, fps=FPS, seed=3, moves=("waves",))
    camera = room_camera(SIZE, 3)
    background = room(camera, 3)
    clip = synthesize_clip(body_model, person, motion, camera, background)
    detections = dataclasses.replace(exact_detections(body_model, motion, camera), masks=clip.masks)
    capture = complete_capture(body_model, motion.shape, motion.pose, camera, detections)
    boxes = body_boxes(shape_body(body_model, motion.shape).posed(motion.pose).vertices_m(), camera)
    window = track_crop(boxes, height=WINDOW_PX, margin=0.06, smoothing_frames=3)
    numbers = list(range(len(motion)))
    write_footage(folder, clip.video, clip.masks, window, numbers)
    footage = open_footage(folder, window, numbers)
    texture = Texture(rgb=person.texture_rgb, seen=torch.ones(person.texture_rgb.shape[1:]))
    return TrainingSet(
        footage=footage,
        alpha=np.array(footage.mask),
        trusted=np.full(footage.mask.shape, True),
        plate=Plate(rgb=background.rgb, known=np.full((SIZE.height, SIZE.width), True)),
        look=Look(capture=capture, texture=texture),
        model=body_model,
        condition="smpl",
    )
