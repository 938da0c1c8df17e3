"""Drawn people that a network should not be believed of, or hardly: children, cut off, upside down, or tiny."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import torch
from known_clips import exact_detections

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, PARENTS
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections, Landmarks2D, Landmarks3D
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import render_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=640, width=480)
FPS, SECONDS = Fraction(4), 2.0
UNSEEN = 0.05  # confidence of landmarks beyond the picture's edge
# Of MakeHuman's child of 1.1 m, each against its grown person of 1.84 m.
CHILD = {"trunk": 0.60, "head": 0.80, "arm": 0.61, "leg": 0.59}
KINDS = {"neck": "head", "head": "head"} | dict.fromkeys(("shoulder", "elbow", "wrist", "hand"), "arm")
KINDS |= dict.fromkeys(("hip", "knee", "ankle", "foot"), "leg")


@value
class HardClip:
    """Frames, what a detector finds in them, and the truth."""

    frames: tuple[Frame, ...]
    detections: Detections
    motion: BodyMotion


def dancing(model: BodyModel, seed: int) -> HardClip:
    """A random person who dances before a wall, whole and upright."""
    performer = random_performer(model, seed, texture_px=256)
    moves = ("steps", "turns", "waves", "squats")
    motion = dance(model, performer.shape, seconds=SECONDS, fps=FPS, seed=seed, moves=moves)
    camera = room_camera(SIZE, seed)
    video = render_clip(model, performer, motion, camera, room(camera, seed))
    return HardClip(
        frames=tuple(video.open_frames()), detections=exact_detections(model, motion, camera), motion=motion
    )


def child_of(model: BodyModel) -> BodyModel:
    """The body with a child's proportions: every part shrunk about its joint, each kind of them by its own factor."""
    rest = model.joint_regressor @ model.template_m
    scale = torch.tensor(
        [CHILD[KINDS.get(name.removeprefix("left_").removeprefix("right_"), "trunk")] for name in JOINTS]
    )
    moved = rest.clone()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        moved[joint] = moved[parent] + (rest[joint] - rest[parent]) * scale[parent]
    shrunk = moved + scale[:, None] * (model.template_m[:, None] - rest)
    return replace(model, template_m=(model.weights[..., None] * shrunk).sum(1))


def without_person(clip: HardClip, seed: int) -> HardClip:
    """The wall alone, in which a detector believes that it sees the person."""
    wall = room(room_camera(SIZE, seed), seed).rgb.astype(np.uint8)
    return replace(clip, frames=(wall,) * len(clip.frames))


def cut_at_the_waist(clip: HardClip) -> HardClip:
    """The picture down to the higher hip; landmarks below it are guessed at its edge."""
    xy_px = clip.detections.landmarks_2d.xy_px
    hips = [LAYOUT.index("left_hip"), LAYOUT.index("right_hip")]
    edge = int(xy_px[:, hips, 1].min())
    below = xy_px[..., 1] > edge
    guessed = torch.where(
        below[..., None], torch.stack([xy_px[..., 0], torch.full_like(xy_px[..., 1], edge)], -1), xy_px
    )
    confidence = torch.where(below, UNSEEN, clip.detections.landmarks_2d.confidence)
    detections = replace(
        clip.detections,
        landmarks_2d=Landmarks2D(xy_px=guessed, confidence=confidence),
        size=ImageSize(height=edge, width=SIZE.width),
    )
    return replace(clip, frames=tuple(frame[:edge] for frame in clip.frames), detections=detections)


def upside_down(clip: HardClip) -> HardClip:
    """The picture turned by half a turn."""
    flat, solid = clip.detections.landmarks_2d, clip.detections.landmarks_3d
    turned_px = torch.tensor([float(SIZE.width), float(SIZE.height)]) - flat.xy_px
    turned_m = solid.xyz_m * torch.tensor([-1.0, -1.0, 1.0])
    detections = replace(
        clip.detections,
        landmarks_2d=Landmarks2D(xy_px=turned_px, confidence=flat.confidence),
        landmarks_3d=Landmarks3D(xyz_m=turned_m, confidence=solid.confidence),
    )
    frames = tuple(np.ascontiguousarray(frame[::-1, ::-1]) for frame in clip.frames)
    return replace(clip, frames=frames, detections=detections)


def shrunk_to(clip: HardClip, height_px: float) -> HardClip:
    """The picture scaled until the person is so high."""
    flat = clip.detections.landmarks_2d
    scale = height_px / float((flat.xy_px.amax(1) - flat.xy_px.amin(1)).amax())
    size = ImageSize(height=round(SIZE.height * scale), width=round(SIZE.width * scale))
    frames = tuple(cv2.resize(one, (size.width, size.height), interpolation=cv2.INTER_AREA) for one in clip.frames)
    small = Landmarks2D(xy_px=flat.xy_px * scale, confidence=flat.confidence)
    return replace(clip, frames=frames, detections=replace(clip.detections, landmarks_2d=small, size=size))
