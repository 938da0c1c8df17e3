"""A second of a drawn dance as a video, with what a perfect detector and a perfect estimator would find in it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from known_clips import exact_detections

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=160, width=128)
FPS = Fraction(12)


def film(model: BodyModel, path: Path) -> Capture:
    """A second of somebody who waves in a room, and what a perfect detector and estimator would find."""
    person, camera = random_performer(model, 3, texture_px=64), room_camera(SIZE, 3)
    motion = dance(model, person.shape, seconds=1.25, fps=FPS, seed=3, moves=("waves",))
    clip = synthesize_clip(model, person, motion, camera, room(camera, 3))
    with VideoWriter(path, size=SIZE, fps=FPS) as writer:
        for frame in clip.video:
            writer.write(frame)
    detections = replace(exact_detections(model, motion, camera), masks=clip.masks)
    return complete_capture(model, motion.shape, motion.pose, camera, detections)
