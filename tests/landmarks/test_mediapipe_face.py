"""The face of a drawn person is found from the front, and neither in a blur nor on the back of the head."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.cutouts import cut_out
from motion_transfer.evaluation.faces import HEAD_RADIUS_M, FaceScore
from motion_transfer.landmarks.mediapipe_face import MediapipeFace
from motion_transfer.rendering.body_regions import head_boxes
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=480, width=400)


@pytest.mark.slow
def test_a_small_face_is_found_and_its_blur_and_the_back_of_the_head_are_not(free_body: BodyModel) -> None:
    person, camera = random_performer(free_body, 7, texture_px=512), room_camera(SIZE, 7)
    motion = dance(free_body, person.shape, seconds=0.3, fps=Fraction(10), seed=7, moves=("steps",))
    behind = motion.pose.parent_from_joint.clone()
    behind[:, 0] = torch.tensor([-1.0, 1.0, -1.0]).diag() @ behind[:, 0]
    pose = BodyPose(parent_from_joint=behind, root_position_m=motion.pose.root_position_m)
    turned = type(motion)(
        shape=motion.shape,
        pose=pose,
        fps=motion.fps,
        confidence=motion.confidence,
        foot_contacts=motion.foot_contacts,
    )
    frames, boxes = [], []
    for one in (motion, turned):
        clip = synthesize_clip(free_body, person, one, camera, room(camera, 7))
        frames.append(next(iter(clip.video)))
        joints_m = shape_body(free_body, one.shape).posed(one.pose).joints_m
        boxes.append(head_boxes(joints_m, camera, HEAD_RADIUS_M)[0].numpy())
    front, back = frames
    assert cut_out(front, boxes[0]).shape[0] < 110  # a small face
    blurred = np.asarray(cv2.GaussianBlur(front, (0, 0), 8))
    with MediapipeFace().open() as shows_face:
        for painted, box, share in ((front, boxes[0], 1.0), (blurred, boxes[0], 0.0), (back, boxes[1], 0.0)):
            score = FaceScore(shows_face)
            score.add(painted, front, box, boxes[0])
            assert score.value() == share
