"""Face mesh and hand landmarks -> how head and wrists are turned in the world, and how sure that is."""

import math
from fractions import Fraction
from typing import Any

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.fitting.face_orientation import camera_from_head
from motion_transfer.geometry.rigid_alignment import frames_of
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.geometry.smoothing import smooth_over_frames

PARTS = ("head", "left_wrist", "right_wrist")
PART_JOINTS = [joint(name) for name in PARTS]
WRIST, KNUCKLES, FOREFINGER, LITTLE_FINGER = 0, (5, 9, 13, 17), 5, 17
# Of wrists against their hands, to whose axes x and z fingers and forefinger point in the T-pose: turned about x, and
# about y outward. Measured on drawn people, whose wrists are known.
HAND_ROLL_RAD, HAND_YAW_RAD = math.radians(10), math.radians(6.5)
# Confidence from which a part counts, and from which it counts fully. A face that is turned far away is still found,
# and then taken for one that looks at the camera: only the confidence says so.
FACE_SURE, HAND_SURE = (0.93, 0.99), (0.5, 0.8)
NEIGHBOURS_S, AGREEMENT_RAD = 0.12, 0.5  # spread of the frames around one, and how far it may differ from them

_nearest_rotations: Any = roma.special_procrustes  # roma's own annotation has what it returns with singular values


@value
class PartOrientations:
    """How head, left wrist and right wrist are turned in the world.

    Attributes:
        world_from_part: the joints' rotations; the identity where nothing is known.
        trust: in [0, 1]; 0 where nothing is known.
    """

    world_from_part: Float[Tensor, "frame part 3 3"]
    trust: Float[Tensor, "frame part"]


def part_orientations(detections: Detections, camera: Camera) -> PartOrientations:
    """The orientations in every frame."""
    parts = detections.parts
    if parts is None:
        parts = FaceAndHands.nowhere(len(detections.masks))
    identity = torch.eye(3).expand(len(parts), 3, 3)
    face_trust, hand_trust = _trust(parts.face_confidence, FACE_SURE), _trust(parts.hand_confidence, HAND_SURE)
    straight, places = [identity], [parts.face_middle_px]
    if (face_trust > 0).any():
        straight = [camera_from_head(parts.face_offsets_px.float(), face_trust > 0)]
    for side, outward in enumerate((1.0, -1.0)):
        straight.append(camera_from_wrist(parts.hands_m[:, side], outward))
        places.append(parts.hands_px[:, side].mean(1))
    turned = torch.stack([line_of_sight(at, camera) @ one for at, one in zip(places, straight, strict=True)], 1)
    trust = torch.cat([face_trust[:, None], hand_trust], 1)
    in_world = camera.camera_from_world[:3, :3].T @ turned
    known = torch.where((trust > 0)[..., None, None], in_world, torch.eye(3))
    return PartOrientations(world_from_part=known, trust=trust * _agreement(known, trust, detections.fps))


def camera_from_wrist(hands: Float[Tensor, "frame 21 3"], outward: float) -> Float[Tensor, "frame 3 3"]:
    """The rotation of a wrist as the camera sees it straight in front of the hand.

    Args:
        hands: along camera axes, in any unit.
        outward: 1 for the left hand, whose fingers point along x in the T-pose; -1 for the right one.
    """
    fingers = hands[:, KNUCKLES].mean(1) - hands[:, WRIST]
    axes = frames_of(outward * fingers, hands[:, FOREFINGER] - hands[:, LITTLE_FINGER])  # columns x, z and -y
    turned = torch.stack([axes[..., 0], -axes[..., 2], axes[..., 1]], -1)
    roll, yaw = hands.new_tensor(HAND_ROLL_RAD), hands.new_tensor(outward * HAND_YAW_RAD)
    zero, one = torch.zeros_like(roll), torch.ones_like(roll)
    about_x = torch.stack([one, zero, zero, zero, roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos()]).view(3, 3)
    about_y = torch.stack([yaw.cos(), zero, yaw.sin(), zero, one, zero, -yaw.sin(), zero, yaw.cos()]).view(3, 3)
    return turned @ about_y @ about_x


def line_of_sight(at_px: Float[Tensor, "frame 2"], camera: Camera) -> Float[Tensor, "frame 3 3"]:
    """The rotation from the camera's axis to the line on which it sees a point: a close-up looks along that line."""
    ray = torch.nn.functional.pad(at_px, (0, 1), value=1.0) @ torch.linalg.inv(camera.intrinsics_px).T
    return shortest_rotation(torch.tensor([0.0, 0.0, 1.0]).expand_as(ray), ray)


def _agreement(
    turned: Float[Tensor, "frame part 3 3"], trust: Float[Tensor, "frame part"], fps: Fraction
) -> Float[Tensor, "frame part"]:
    """How well each rotation agrees with those around it, in [0, 1]: in single frames, a palm is taken for a back."""
    weighed = smooth_over_frames(turned * trust[..., None, None], fps, sigma_s=NEIGHBOURS_S)
    usual = _nearest_rotations(weighed + 1e-6 * torch.eye(3))
    off_rad = roma.rotmat_geodesic_distance(usual, turned)
    return 1 / (1 + (off_rad / AGREEMENT_RAD) ** 2) ** 2


def _trust(confidence: Float[Tensor, "*any"], sure: tuple[float, float]) -> Float[Tensor, "*any"]:
    least, most = sure
    return ((confidence - least) / (most - least)).clamp(0, 1)
