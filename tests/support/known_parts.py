"""What a perfect detector of face and hands would find of a body in motion, whose face and hands are made-up points."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.fitting.face_orientation import CHIN, FOREHEAD, LEFT, PITCH_RAD, RIGHT
from motion_transfer.fitting.part_orientations import HAND_ROLL_RAD, HAND_YAW_RAD, line_of_sight
from motion_transfer.geometry.rotations import rotation_about_vertical

FACE_PX = 40.0


def face_points(seed: int = 0) -> Float[Tensor, "468 3"]:
    """A face along its own axes: x to its left, y up, z to the front; mirror-symmetric where the fit looks."""
    points = torch.rand(468, 3, generator=torch.Generator().manual_seed(seed)) - 0.5
    points[list(RIGHT)] = points[list(LEFT)] * torch.tensor([-1.0, 1.0, 1.0])
    points[list(LEFT), 0], points[list(RIGHT), 0] = points[list(LEFT), 0].abs(), -points[list(LEFT), 0].abs()
    points[[FOREHEAD, CHIN]] = torch.tensor([[0.0, 0.6, 0.1], [0.0, -0.6, 0.1]])
    return points


def hand_points(outward: float) -> Float[Tensor, "21 3"]:
    """A flat hand in the T-pose: the wrist at the origin, fingers along x, the thumb's side to the front."""
    points = torch.zeros(21, 3)
    for finger, z in enumerate((0.05, 0.03, 0.01, -0.01, -0.03)):
        for bone in range(4):
            points[1 + 4 * finger + bone] = torch.tensor([outward * (0.08 + 0.03 * bone), 0.0, z])
    return points


def about_x(angle_rad: float) -> Float[Tensor, "3 3"]:
    angle = torch.tensor(angle_rad)
    c, s, zero, one = angle.cos(), angle.sin(), torch.tensor(0.0), torch.tensor(1.0)
    return torch.stack([one, zero, zero, zero, c, -s, zero, s, c]).view(3, 3)


def exact_parts(body: PosedBody, camera: Camera) -> FaceAndHands:
    """Face and hands of a body in motion, each found with full confidence."""
    frames = len(body.joints_m)
    camera_from_world = camera.camera_from_world[:3, :3]

    def seen(name: str, bias: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        at_px, _ = camera.project(body.joints_m[:, joint(name)])
        turned = camera_from_world @ body.world_from_rest[:, joint(name), :3, :3] @ bias.T
        return at_px, points @ (line_of_sight(at_px, camera).mT @ turned).mT

    face_px, face = seen("head", about_x(PITCH_RAD), face_points())
    hands = [
        seen(
            f"{side}_wrist",
            rotation_about_vertical(torch.tensor(outward * HAND_YAW_RAD)) @ about_x(HAND_ROLL_RAD),
            hand_points(outward),
        )
        for side, outward in (("left", 1.0), ("right", -1.0))
    ]
    return FaceAndHands(
        face_middle_px=face_px,
        face_offsets_px=(FACE_PX * face).half(),
        face_confidence=torch.ones(frames),
        hands_px=torch.stack([at[:, None].expand(-1, 21, -1) for at, _ in hands], 1),
        hands_m=torch.stack([points for _, points in hands], 1),
        hand_confidence=torch.ones(frames, 2),
    )
