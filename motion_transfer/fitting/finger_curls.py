"""Hand landmarks -> how far each finger is curled, and the finger joints of a body that does the same."""

import itertools
import math
from fractions import Fraction

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.fingers import BONES, DIGITS, hinges
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.face_and_hands import FOUND, FaceAndHands
from motion_transfer.geometry.smoothing import smooth_over_frames

WRIST = 0
KNUCKLE_OF_DIGIT = {"index": 5, "middle": 9, "pinky": 17, "ring": 13, "thumb": 1}  # then the next three to the tip
# What the network sees of a hand at rest, and how much a finger is curled for what it sees of that; both measured on
# drawn people, whose fingers are known (it sees open ones a little bent, and fists a little open).
REST_DEG = {"index": 84.0, "middle": 93.0, "pinky": 92.0, "ring": 85.0, "thumb": 35.0}
GAIN = 1.3
SHARES = (0.4, 0.35, 0.25)  # of a finger's curl, from the knuckle to the tip
LIMITS_RAD = (-1.2, 3.6)
SMOOTHING_S, UNSEEN_WEIGHT = 0.06, 0.05  # of frames at rest, to which fingers return where no hand is seen


def finger_rotations(model: BodyModel, parts: FaceAndHands, fps: Fraction) -> Float[Tensor, "frame finger 3 3"] | None:
    """Rotations of the finger joints against their parents; None for a body without them."""
    if model.finger_regressor is None:
        return None
    axes = hinges(model.finger_regressor @ model.template_m)
    curls_rad = torch.stack([smooth_curls_rad(parts, side, fps) for side in (0, 1)], 1)
    per_joint = (curls_rad[..., None] * curls_rad.new_tensor(SHARES)).flatten(1)
    return roma.rotvec_to_rotmat(per_joint[..., None] * axes)


def smooth_curls_rad(parts: FaceAndHands, side: int, fps: Fraction) -> Float[Tensor, "frame digit"]:
    """How far the digits of one hand are curled beyond those of a hand at rest, smooth over frames."""
    trust = ((parts.hand_confidence[:, side] - FOUND) / (1 - FOUND)).clamp(0, 1)[:, None]
    curls = curls_rad(parts.hands_m[:, side]).clamp(*LIMITS_RAD)
    weighed = smooth_over_frames(torch.cat([trust * curls, trust], 1), fps, sigma_s=SMOOTHING_S)
    return weighed[:, :-1] / (weighed[:, -1:] + UNSEEN_WEIGHT)


def curls_rad(hands: Float[Tensor, "frame 21 3"]) -> Float[Tensor, "frame digit"]:
    """The angles between the bones of each digit, summed from the palm to the tip, beyond those of a hand at rest."""
    found = []
    for digit in DIGITS:
        first = KNUCKLE_OF_DIGIT[digit]
        chain = [*([] if digit == "thumb" else [WRIST]), *range(first, first + BONES + 1)]
        bones = [hands[:, far] - hands[:, near] for near, far in itertools.pairwise(chain)]
        bends = [_angle_rad(a, b) for a, b in itertools.pairwise(bones)]
        found.append(torch.stack(bends).sum(0) - math.radians(REST_DEG[digit]))
    return GAIN * torch.stack(found, 1)


def _angle_rad(a: Float[Tensor, "frame 3"], b: Float[Tensor, "frame 3"]) -> Float[Tensor, "frame"]:
    return torch.atan2(torch.linalg.cross(a, b, dim=-1).norm(dim=-1), (a * b).sum(-1))
