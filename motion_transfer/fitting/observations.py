"""What the landmarks alone say of a clip, before any body is fitted: trust, size, standing feet, standing people."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value

BONES = tuple(
    (f"{side}_{near}", f"{side}_{far}")
    for side in ("left", "right")
    for near, far in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
)
TRUNK = (("right_shoulder", "left_shoulder"), ("right_hip", "left_hip"))
SOLES = ("ankle", "heel", "foot_index")
# What a detector has to give for a body to be fitted.
REQUIRED_LANDMARKS = ("nose",) + tuple(
    f"{side}_{name}"
    for side in ("left", "right")
    for name in ("ear", "shoulder", "elbow", "wrist", "index", "pinky", "hip", "knee", *SOLES)
)
LIMBS = frozenset(name for bone in BONES for name in bone)
# How well each kind of landmark is known to be placed; face and hands have little.
TRUST = {"shoulder": 1.0, "elbow": 1.0, "wrist": 1.0, "hip": 0.7, "knee": 1.0, "ankle": 1.0, "heel": 0.7}
TRUST |= {"foot_index": 0.7}
FACE_AND_HANDS = 0.3


@value
class Observations:
    """What the fit compares a body with; directions in world axes.

    Attributes:
        trust: in each landmark of each frame.
        person_px: the person's height in the picture.
        bone_ends: which landmarks the bones of `BONES` and then of `TRUNK` reach from and to.
        bones: from one end to the other in the detector's 3D landmarks.
        head: where the left ear and the face point to.
        soles: the landmarks of each foot.
        follows: frames whose frame before is of the same shot.
        inner: frames with both neighbours in the same shot.
        planted: feet that keep still in the picture.
        standing: frames of people who stand upright.
    """

    fps: float
    xy_px: Float[Tensor, "frame landmark 2"]
    trust: Float[Tensor, "frame landmark"]
    person_px: Float[Tensor, "frame"]
    bone_ends: Int[Tensor, "bone 2"]
    bones: Float[Tensor, "frame bone 3"]
    bone_trust: Float[Tensor, "frame bone"]
    head: Float[Tensor, "frame 2 3"]
    head_trust: Float[Tensor, "frame 2"]
    soles: Int[Tensor, "foot point"]
    follows: Bool[Tensor, "frame"]
    inner: Bool[Tensor, "frame"]
    planted: Bool[Tensor, "frame foot"]
    standing: Bool[Tensor, "frame"]


def observe(detections: Detections, camera: Camera) -> Observations:
    """Detections -> observations in the world of a camera."""
    trust, person_px = landmark_trust(detections), person_heights_px(detections)
    index = {name: i for i, name in enumerate(detections.layout.names)}
    camera_from_world = camera.camera_from_world[:3, :3]
    bone_ends = torch.tensor([[index[a], index[b]] for a, b in (*BONES, *TRUNK)])
    ends = detections.landmarks_3d.xyz_m[:, bone_ends]
    head, head_trust = head_directions(detections)
    follows = torch.ones(len(trust), dtype=torch.bool)
    follows[list(detections.shot_starts)] = False
    return Observations(
        fps=float(detections.fps),
        xy_px=detections.landmarks_2d.xy_px,
        trust=trust,
        person_px=person_px,
        bone_ends=bone_ends,
        bones=(ends[:, :, 1] - ends[:, :, 0]) @ camera_from_world,
        bone_trust=trust[:, bone_ends].amin(-1),
        head=head @ camera_from_world,
        head_trust=head_trust,
        soles=torch.tensor([[index[f"{side}_{point}"] for point in SOLES] for side in ("left", "right")]),
        follows=follows,
        inner=follows & follows.roll(-1),
        planted=planted_in_picture(detections, person_px),
        standing=standing_frames(detections),
    )


def landmark_trust(detections: Detections) -> Float[Tensor, "frame landmark"]:
    """Confidence times how well each kind of landmark is known to be placed."""
    kinds = [name.partition("_")[2] for name in detections.layout.names]
    trust = torch.tensor([TRUST.get(kind, FACE_AND_HANDS) for kind in kinds])
    confidence = detections.landmarks_2d.confidence
    return trust * torch.where(confidence > 0.3, confidence, confidence * 0.3)


def head_directions(detections: Detections) -> tuple[Float[Tensor, "frame 2 3"], Float[Tensor, "frame 2"]]:
    """Where the head's left ear and its face point to in the detector's 3D landmarks, camera's axes, and confidence."""
    nose, left, right = (detections.layout.index(name) for name in ("nose", "left_ear", "right_ear"))
    at = detections.landmarks_3d.xyz_m
    directions = torch.stack([at[:, left] - at[:, right], at[:, nose] - (at[:, left] + at[:, right]) / 2], 1)
    confidence = detections.landmarks_2d.confidence[:, [nose, left, right]].amin(1, keepdim=True)
    return directions, confidence.expand(-1, 2)


def person_heights_px(detections: Detections) -> Float[Tensor, "frame"]:
    """The person's size in the picture: median over the clip's shots of the landmarks' extent, at least 10 px."""
    seen = detections.landmarks_2d.confidence.mean(1) > 0.3
    extent = detections.landmarks_2d.xy_px.amax(1) - detections.landmarks_2d.xy_px.amin(1)
    usual = extent.amax(1)[seen].median() if seen.any() else torch.tensor(100.0)
    return torch.where(seen, extent.amax(1), usual).clamp(min=float(usual) * 0.6, max=float(usual) * 1.6).clamp(min=10)


def planted_in_picture(detections: Detections, person_px: Tensor) -> Bool[Tensor, "frame 2"]:
    """Feet that keep still in the picture, slower than 0.2 person heights a second, near where the lower foot is."""
    index = {name: i for i, name in enumerate(detections.layout.names)}
    rows = torch.tensor([[index[f"{side}_{point}"] for point in SOLES] for side in ("left", "right")])
    feet = detections.landmarks_2d.xy_px[:, rows].mean(2) / person_px[:, None, None]
    confident = detections.landmarks_2d.confidence[:, rows].mean(2) > 0.4
    window = max(1, round(0.1 * float(detections.fps)))
    if len(feet) <= window:
        return confident
    speed = (feet[window:] - feet[:-window]).norm(dim=-1) * float(detections.fps) / window
    before = torch.cat([speed, speed[-1:].expand(window, -1)])
    after = torch.cat([speed[:1].expand(window, -1), speed])
    low = feet[..., 1] > feet[..., 1].amax(1, keepdim=True) - 0.08
    return confident & (torch.minimum(before, after) < 0.2) & low


def standing_frames(detections: Detections) -> Bool[Tensor, "frame"]:
    """Frames of people on straight legs with an upright trunk, by the picture's proportions."""
    index = {name: i for i, name in enumerate(detections.layout.names)}
    at = detections.landmarks_2d.xy_px
    middle = {
        name: (at[:, index[f"left_{name}"]] + at[:, index[f"right_{name}"]]) / 2
        for name in ("shoulder", "hip", "knee", "ankle")
    }
    trunk, thigh = middle["hip"] - middle["shoulder"], middle["knee"] - middle["hip"]
    shank = middle["ankle"] - middle["knee"]
    whole = trunk.norm(dim=-1) + thigh.norm(dim=-1) + shank.norm(dim=-1)
    straight = (middle["ankle"] - middle["shoulder"]).norm(dim=-1) > 0.97 * whole
    long_legs = (thigh + shank).norm(dim=-1) > 1.25 * trunk.norm(dim=-1)
    confident = detections.landmarks_2d.confidence[:, [index["left_ankle"], index["right_ankle"]]].amin(1) > 0.3
    return straight & long_legs & confident
