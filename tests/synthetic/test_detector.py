"""The real detector takes the made-up people for people."""

from fractions import Fraction
from typing import Any

import mediapipe
import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.video import ImageSize
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import render_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=640, width=480)
SHOWN = {"left_elbow": 13, "right_elbow": 14, "left_wrist": 15, "right_wrist": 16, "left_knee": 25, "right_ankle": 28}


@pytest.mark.soak
@pytest.mark.slow
def test_the_detector_finds_the_rendered_person_where_it_is(free_body: BodyModel) -> None:
    model = free_body
    performer = random_performer(model, 0)
    camera = room_camera(SIZE, 0)
    moves = ("steps", "turns", "waves")
    motion = dance(model, performer.shape, seconds=4, fps=Fraction(10), seed=0, moves=moves)
    joints, _ = camera.project(shape_body(model, motion.shape).posed(motion.pose).joints_m)
    module: Any = mediapipe.solutions
    detector = module.pose.Pose(static_image_mode=False, model_complexity=1)
    visible, errors = [], []
    for number, frame in enumerate(render_clip(model, performer, motion, camera, room(camera, 0))):
        found = detector.process(frame).pose_landmarks
        landmarks = found.landmark if found else []
        visible.append(np.mean([mark.visibility for mark in landmarks]) if found else 0.0)
        for name, index in SHOWN.items() if found else ():
            seen = torch.tensor([landmarks[index].x * SIZE.width, landmarks[index].y * SIZE.height])
            errors.append(float((seen - joints[number, joint(name)]).norm()))
    assert np.mean(np.array(visible) > 0.8) > 0.9
    assert np.median(errors) < 12
