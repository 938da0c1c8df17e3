"""A procedural walk on the capsule body, and cameras that see it."""

import math
from fractions import Fraction

import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import ANKLES
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize

UPRIGHT_HAND = 1.3  # radians by which the arms hang down from the T-pose


def shape_of(*betas: float) -> BodyShape:
    values = torch.zeros(10)
    values[: len(betas)] = torch.tensor(betas)
    return BodyShape(betas=values, clothing_offset_m=torch.zeros(24))


def camera_at(
    *, x_m: float = 0.0, distance_m: float = 5.0, focal_px: float = 600.0, size: ImageSize | None = None
) -> Camera:
    """A level camera 1.2 m over the ground that looks along -z from z = distance."""
    size = size or ImageSize(height=480, width=640)
    camera_from_world = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))
    camera_from_world[:3, 3] = torch.tensor([-x_m, 1.2, distance_m])
    intrinsics = torch.tensor([[focal_px, 0, size.width / 2], [0, focal_px, size.height / 2], [0, 0, 1.0]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=camera_from_world, size=size)


def walk(
    model: BodyModel,
    *,
    fps: float = 30,
    seconds: float = 4.0,
    heading_rad: float = 0.0,
    slide_m_per_s: float = 0.0,
    noise: float = 0.0,
    shape: BodyShape | None = None,
) -> BodyMotion:
    """Steps of 0.5 s with bent knees; the planted foot is held by moving the root with it, then made to slide.

    Contacts are those of the walk's own clock. `noise` is in radians for the joints and tenths of metres for the root.
    """
    shape = shape or shape_of()
    frames = max(round(seconds * fps), 1)
    time = torch.arange(frames) / fps
    phase = time / 1.0 * 2 * math.pi
    angles = torch.zeros(frames, 24, 3)
    for hip, knee, ankle, sign in ((1, 4, 7, 1.0), (2, 5, 8, -1.0)):
        swing = -0.4 * sign * torch.cos(phase)
        lift = (sign * torch.sin(phase)).clamp(min=0)
        bend = 0.2 + 0.7 * lift
        angles[:, hip, 0] = swing - 0.5 * bend
        angles[:, knee, 0] = bend
        angles[:, ankle, 0] = -(angles[:, hip, 0] + bend)
    angles[:, 16, 2], angles[:, 17, 2] = -UPRIGHT_HAND, UPRIGHT_HAND
    rotations = roma.rotvec_to_rotmat(angles)
    body = shape_body(model, shape)
    still = BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(frames, 3))
    posed = body.posed(still)
    standing_left = (torch.sin(phase) <= 0).long()
    stance = torch.where(standing_left == 1, 0, 1)
    ankles = posed.joints_m[:, ANKLES]
    step = torch.zeros(frames, 3)
    for frame in range(1, frames):
        foot = stance[frame]
        step[frame] = ankles[frame - 1, foot] - ankles[frame, foot]
    root = step.cumsum(0)
    root[:, 1] = -lowest_sole_m(body, posed.world_from_rest).amin(1)
    root[:, 2] -= root[:, 2].mean()
    root[:, 0] += slide_m_per_s * time
    generator = torch.Generator().manual_seed(1)
    shaken = roma.rotvec_to_rotmat(angles + noise * torch.randn(angles.shape, generator=generator))
    root = root + 0.1 * noise * torch.randn(root.shape, generator=generator)
    contacts = torch.stack([stance == 0, stance == 1], 1)
    turn = roma.rotvec_to_rotmat(torch.tensor([0.0, heading_rad, 0.0]))
    shaken[:, 0] = turn @ shaken[:, 0]
    return BodyMotion(
        shape=shape,
        pose=BodyPose(parent_from_joint=shaken, root_position_m=root @ turn.T),
        fps=Fraction(fps).limit_denominator(1001),
        confidence=torch.ones(frames),
        foot_contacts=contacts,
    )
