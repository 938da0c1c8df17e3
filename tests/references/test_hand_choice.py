"""The pictures of hands for a motion are those that are crisp themselves, however sharp the rest of the frame is."""

from fractions import Fraction

import cv2
import numpy as np
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, SIDES
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.frames import ReferenceFrames, ReferencePicture, References
from motion_transfer.references.hand_choice import hand_shows
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthetic.scene import room_camera

SIZE = ImageSize(height=400, width=400)
CAMERA = room_camera(SIZE, 1)
SKIN = (128, 90, 64)


def test_crisp_hands_in_a_frame_that_is_blurred_elsewhere_are_shown(tiny_body: BodyModel) -> None:
    pose = BodyPose(
        parent_from_joint=torch.eye(3).repeat(2, len(JOINTS), 1, 1),
        root_position_m=torch.tensor([[0.0, 0.95, 0.0]]).repeat(2, 1),
    )
    shape = BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(len(JOINTS)))
    body = shape_body(tiny_body, shape)
    covered = render_mesh(body.posed(pose[:1]).vertices_m(), body.model.faces, CAMERA).covered[0]
    noise = np.random.default_rng(0).integers(-20, 21, (SIZE.height, SIZE.width, 1))
    crisp = (np.array(SKIN) + noise).astype(np.uint8)
    pictures = [
        ReferencePicture(
            foreground=foreground,
            matte=np.where(covered.numpy(), 255, 0).astype(np.uint8),
            trusted=np.ones((SIZE.height, SIZE.width), bool),
        )
        for foreground in (cv2.GaussianBlur(crisp, (0, 0), 2), crisp)
    ]
    frames = ReferenceFrames(
        numbers=torch.tensor([0, 9]),
        pose=pose,
        top_left_px=torch.zeros(2, 2, dtype=torch.long),
        sharpness=torch.tensor([1.0, 0.5]),
        gain=torch.ones(2, 3),
    )
    motion = BodyMotion(
        shape=shape,
        pose=pose,
        fps=Fraction(25),
        confidence=torch.ones(2),
        foot_contacts=torch.zeros(2, 2, dtype=torch.bool),
    )
    rgb = (torch.tensor(SKIN) / 255).view(3, 1, 1).expand(3, 64, 64).clone()
    texture = Texture(rgb=rgb, seen=torch.ones(64, 64))
    shows = hand_shows(body, texture, References(frames=frames, read=pictures.__getitem__), motion, CAMERA)
    for side in SIDES:
        assert [picture.detail > 10 for picture in shows[side].pictures] == [True]
        assert shows[side].shown.tolist() == [0, 0]
