"""Detections -> what the fit compares a body with: trusted landmarks, directions, size, standing feet and people."""

from dataclasses import fields, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.skeleton import SIDES
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.fitting.part_orientations import PartOrientations, part_orientations

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
# How precisely detectors place each kind of landmark; least so on face and hands.
PRECISION = {"shoulder": 1.0, "elbow": 1.0, "wrist": 1.0, "hip": 0.7, "knee": 1.0, "ankle": 1.0, "heel": 0.7}
PRECISION |= {"foot_index": 0.7}
FACE_AND_HANDS = 0.3
FACE_WORDS = ("nose", "eye", "ear", "mouth")
FACE_MESH = 10.0  # weight of the face mesh's directions: the body's landmarks err by 25 degrees, and by 45 in profile
BESIDE_FACE = 0.1  # weight of the body's landmarks in frames without face mesh, in clips that show the face elsewhere
BESIDE_PARTS = 0.2  # of the body's landmarks on face and hands, where these are found in close-ups
PERSON = 0.3  # mean confidence of a frame's landmarks above which the frame shows where the person is
SEEN = 0.7  # confidence of elbow and wrist from which an arm counts as in front of the trunk
UNSURE, UNSURE_WEIGHT = 0.3, 0.3  # landmarks of less confidence count by this factor less
SAME = ("fps", "bone_ends", "soles")  # observations that are the same in all frames
MOST_BENT_DEG = 45.0  # of hips and knees on the mean, in who stands: the picture does not show legs that bend toward it
STILL_HEIGHTS_PER_S = 0.2  # a foot that is slower in the picture may stand


@value
class Observations:
    """What the fit compares a body with; directions are along world axes.

    Attributes:
        trust: the weight of each landmark in each frame.
        person_px: the person's height in the picture.
        bone_ends: the landmarks that the bones of `BONES` and then of `TRUNK` reach from and to.
        bones: from one end to the other in the detector's 3D landmarks.
        arms_seen: left and right arms whose elbow and wrist the detector is sure to see.
        head: directions to the head's left and to its front: of the face mesh, or else of the body's landmarks.
        wrists: directions that the x and the z axis of left and right wrist point to, of the hand landmarks.
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
    arms_seen: Bool[Tensor, "frame side"]
    head: Float[Tensor, "frame 2 3"]
    head_trust: Float[Tensor, "frame 2"]
    wrists: Float[Tensor, "frame 4 3"]
    wrist_trust: Float[Tensor, "frame 4"]
    soles: Int[Tensor, "foot point"]
    follows: Bool[Tensor, "frame"]
    inner: Bool[Tensor, "frame"]
    planted: Bool[Tensor, "frame foot"]
    standing: Bool[Tensor, "frame"]

    def __getitem__(self, frames: slice) -> "Observations":
        of_frames = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in SAME}
        return replace(self, **{name: tensor[frames] for name, tensor in of_frames.items()})


def observe(detections: Detections, camera: Camera) -> Observations:
    """Detections -> observations in the world of a camera."""
    turned = part_orientations(detections, camera)
    trust, person_px = landmark_trust(detections) * beside_parts(detections, turned), person_heights_px(detections)
    index = detections.layout.index
    camera_from_world = camera.camera_from_world[:3, :3]
    bone_ends = torch.tensor([[index(a), index(b)] for a, b in (*BONES, *TRUNK)])
    ends = detections.landmarks_3d.xyz_m[:, bone_ends]
    head, head_trust = head_directions(detections)
    seen = turned.world_from_part[..., [0, 2]].mT  # frame, part, axis, 3
    face_trust = turned.trust[:, :1]
    beside_face = BESIDE_FACE if (face_trust > 0).any() else 1.0
    follows = torch.ones(len(trust), dtype=torch.bool)
    follows[list(detections.shot_starts)] = False
    confidence = detections.landmarks_2d.confidence
    arms = [[detections.layout.index(f"{side}_{name}") for name in ("elbow", "wrist")] for side in SIDES]
    return Observations(
        fps=float(detections.fps),
        xy_px=detections.landmarks_2d.xy_px,
        trust=trust,
        person_px=person_px,
        bone_ends=bone_ends,
        bones=(ends[:, :, 1] - ends[:, :, 0]) @ camera_from_world,
        bone_trust=trust[:, bone_ends].amin(-1),
        arms_seen=confidence[:, arms].amin(-1) > SEEN,
        head=torch.where(face_trust[..., None] > 0, seen[:, 0], head @ camera_from_world),
        head_trust=torch.where(face_trust > 0, FACE_MESH * face_trust, beside_face * head_trust),
        wrists=seen[:, 1:].flatten(1, 2),
        wrist_trust=turned.trust[:, 1:].repeat_interleave(2, 1),
        soles=foot_rows(detections),
        follows=follows,
        inner=follows & follows.roll(-1),
        planted=planted_in_picture(detections, person_px),
        standing=standing_frames(detections),
    )


def beside_parts(detections: Detections, turned: PartOrientations) -> Float[Tensor, "frame landmark"]:
    """What the body's landmarks on face and hands still count where face mesh and hand landmarks are found."""
    part = {name: 0 for name in detections.layout.names if any(word in name for word in FACE_WORDS)}
    for row, side in enumerate(("left", "right"), start=1):
        part |= {f"{side}_{name}": row for name in ("pinky", "index", "thumb")}
    known = torch.nn.functional.pad(turned.trust, (0, 1))  # the last one stands for all other landmarks
    return 1 - (1 - BESIDE_PARTS) * known[:, [part.get(name, -1) for name in detections.layout.names]]


def landmark_trust(detections: Detections) -> Float[Tensor, "frame landmark"]:
    """The weight of each landmark in each frame: its confidence times the precision of its kind."""
    kinds = [name.partition("_")[2] for name in detections.layout.names]
    precision = torch.tensor([PRECISION.get(kind, FACE_AND_HANDS) for kind in kinds])
    confidence = detections.landmarks_2d.confidence
    return precision * torch.where(confidence > UNSURE, confidence, confidence * UNSURE_WEIGHT)


def person_frames(detections: Detections) -> Bool[Tensor, "frame"]:
    """The frames whose landmarks show where the person is."""
    return detections.landmarks_2d.confidence.mean(1) > PERSON


def head_directions(detections: Detections) -> tuple[Float[Tensor, "frame 2 3"], Float[Tensor, "frame 2"]]:
    """3D landmarks -> directions to the head's left and to its front in camera axes, and their confidence."""
    nose, left, right = (detections.layout.index(name) for name in ("nose", "left_ear", "right_ear"))
    at = detections.landmarks_3d.xyz_m
    directions = torch.stack([at[:, left] - at[:, right], at[:, nose] - (at[:, left] + at[:, right]) / 2], 1)
    confidence = detections.landmarks_2d.confidence[:, [nose, left, right]].amin(1, keepdim=True)
    return directions, confidence.expand(-1, 2)


def person_heights_px(detections: Detections) -> Float[Tensor, "frame"]:
    """The person's size in the picture: the larger extent of the landmarks, at least 10 px.

    It is limited to 0.6 to 1.6 times the clip's median, which stands in where the person is not seen.
    """
    seen = person_frames(detections)
    extent = detections.landmarks_2d.xy_px.amax(1) - detections.landmarks_2d.xy_px.amin(1)
    usual = extent.amax(1)[seen].median() if seen.any() else torch.tensor(100.0)
    return torch.where(seen, extent.amax(1), usual).clamp(min=float(usual) * 0.6, max=float(usual) * 1.6).clamp(min=10)


def foot_rows(detections: Detections) -> Int[Tensor, "foot point"]:
    """The landmarks of the left and of the right foot."""
    return torch.tensor([[detections.layout.index(f"{side}_{point}") for point in SOLES] for side in ("left", "right")])


def planted_in_picture(detections: Detections, person_px: Float[Tensor, "frame"]) -> Bool[Tensor, "frame 2"]:
    """Feet that keep still in the picture, at most 0.08 person heights above the lower foot."""
    rows = foot_rows(detections)
    feet = detections.landmarks_2d.xy_px[:, rows].mean(2) / person_px[:, None, None]
    confident = detections.landmarks_2d.confidence[:, rows].mean(2) > 0.4
    window = max(1, round(0.1 * float(detections.fps)))
    if len(feet) <= window:
        return confident
    speed = (feet[window:] - feet[:-window]).norm(dim=-1) * float(detections.fps) / window
    before = torch.cat([speed, speed[-1:].expand(window, -1)])
    after = torch.cat([speed[:1].expand(window, -1), speed])
    low = feet[..., 1] > feet[..., 1].amax(1, keepdim=True) - 0.08
    return confident & (torch.minimum(before, after) < STILL_HEIGHTS_PER_S) & low


def standing_frames(detections: Detections) -> Bool[Tensor, "frame"]:
    """Frames of people on straight legs with an upright trunk, by the picture's proportions and the 3D landmarks.

    Whoever sits and faces the camera looks straight in the picture.
    """
    index, at = detections.layout.index, detections.landmarks_2d.xy_px
    middle = {
        name: (at[:, index(f"left_{name}")] + at[:, index(f"right_{name}")]) / 2
        for name in ("shoulder", "hip", "knee", "ankle")
    }
    trunk, thigh = middle["hip"] - middle["shoulder"], middle["knee"] - middle["hip"]
    shank = middle["ankle"] - middle["knee"]
    whole = trunk.norm(dim=-1) + thigh.norm(dim=-1) + shank.norm(dim=-1)
    straight = (middle["ankle"] - middle["shoulder"]).norm(dim=-1) > 0.97 * whole
    long_legs = (thigh + shank).norm(dim=-1) > 1.25 * trunk.norm(dim=-1)
    ankles = [index("left_ankle"), index("right_ankle")]
    confident = detections.landmarks_2d.confidence[:, ankles].amin(1) > 0.3
    return straight & long_legs & confident & (_bent_deg(detections) < MOST_BENT_DEG)


def _bent_deg(detections: Detections) -> Float[Tensor, "frame"]:
    """How far hips and knees are bent in the 3D landmarks, on the mean over both sides."""
    joints = [[f"{side}_{name}" for name in ("shoulder", "hip", "knee", "ankle")] for side in ("left", "right")]
    rows = [[detections.layout.index(name) for name in side] for side in joints]
    along = detections.landmarks_3d.xyz_m[:, rows].diff(dim=2)  # trunk, thigh and shank
    cosine = torch.nn.functional.cosine_similarity(along[:, :, 1:], along[:, :, :-1], dim=-1)
    return torch.rad2deg(cosine.clamp(-1, 1).arccos()).mean((1, 2))
