"""Registered footage of a small rendered dance, with its true motion, mattes and texture."""

import dataclasses
from functools import cache

import numpy as np
import torch
from known_clips import FPS, exact_detections

from motion_transfer.appearance.plate import Plate
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.registration.crops import Crops
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, crop, track_crop
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import SyntheticClip, synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=120, width=90)
CROP_PX = 64
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


def true_footage(
    model: BodyModel, clip: SyntheticClip, plate: np.ndarray, track: CropTrack, *, trusted: np.ndarray | None = None
) -> RegisteredFootage:
    """Footage as registration would find it if it made no error.

    Args:
        trusted: pixels of the crops without held objects; all of them if None.
    """
    frames, size = list(clip.video), track.size
    affines = [track.window_from_frame(index) for index in range(len(frames))]
    rgb = np.stack([crop(frame, affine, size) for frame, affine in zip(frames, affines, strict=True)])
    matte = np.stack([crop(clip.masks[index], affine, size) for index, affine in enumerate(affines)])
    known = np.full(plate.shape[:2], True)
    trusted = np.full(matte.shape, True) if trusted is None else trusted
    for shared in (rgb, matte, known, trusted):
        shared.flags.writeable = False
    crops = Crops(
        frames=tuple(range(len(frames))), track=track, rgb=rgb, matte=matte, plate=Plate(rgb=plate, known=known)
    )
    detections = exact_detections(model, clip.motion, clip.camera, masks=clip.masks)
    return RegisteredFootage(
        crops=crops,
        trusted=trusted,
        texture=Texture(rgb=clip.performer.texture_rgb, seen=torch.ones(clip.performer.texture_rgb.shape[1:])),
        capture=complete_capture(model, clip.motion.shape, clip.motion.pose, clip.camera, detections),
        model=model,
        digest="drawn",
    )


@cache
def small_clip(model: BodyModel) -> SyntheticClip:
    """A second of a dance, which `small_footage` is registered from; drawn once, and its frames are read-only."""
    person = random_performer(model, 3, texture_px=64)
    motion = dance(model, person.shape, seconds=1.0, fps=FPS, seed=3, moves=("waves",))
    camera = room_camera(SIZE, 3)
    return held_in_memory(synthesize_clip(model, person, motion, camera, room(camera, 3)))


def held_in_memory(clip: SyntheticClip) -> SyntheticClip:
    """The same clip, whose frames are not drawn again in every pass."""
    frames, video = list(clip.video), clip.video
    for frame in frames:
        frame.flags.writeable = False
    kept = Video(open_frames=lambda: iter(frames), size=video.size, fps=video.fps, frame_count=len(frames))
    return dataclasses.replace(clip, video=kept)


@cache
def small_footage(model: BodyModel) -> RegisteredFootage:
    """A second of a dance in crops of 64 pixels; made once, and read-only."""
    clip = small_clip(model)
    motion, camera = clip.motion, clip.camera
    boxes = body_boxes(shape_body(model, motion.shape).posed(motion.pose).vertices_m(), camera)
    track = track_crop(boxes, height=CROP_PX, margin=0.06, smoothing_frames=3)
    return true_footage(model, clip, room(camera, 3).rgb, track)
