"""Joints and landmarks of many bodies agree with those of one body at a time."""

import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.mesh_recovery.body_points import BodyPoints


def test_many_bodies_have_the_joints_and_landmarks_of_each(tiny_body: BodyModel) -> None:
    torch.manual_seed(0)
    anchors = detector_anchors(tiny_body, LAYOUT)
    rotations, betas = roma.random_rotmat(2 * 24).view(2, 24, 3, 3), torch.randn(2, tiny_body.betas)
    found = BodyPoints.of(tiny_body, anchors)(rotations, betas)
    for number in range(2):
        shaped = shape_body(tiny_body, BodyShape(betas=betas[number], clothing_offset_m=torch.zeros(24)))
        pose = BodyPose(parent_from_joint=rotations[number : number + 1], root_position_m=torch.zeros(1, 3))
        posed = shaped.posed(pose)
        assert torch.allclose(found[number, :24], posed.joints_m[0], atol=1e-5)
        assert torch.allclose(found[number, 24:], anchors.posed(betas[number], posed.world_from_rest)[0], atol=1e-5)
