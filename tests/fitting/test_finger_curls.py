from fractions import Fraction

import pytest
import torch
from fingered_body import with_fingers
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.fingers import DIGITS
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.fitting.finger_curls import GAIN, KNUCKLE_OF_DIGIT, curls_rad, finger_rotations, smooth_curls_rad


def hand(bend_rad: float) -> Float[Tensor, "21 3"]:
    """A hand along x whose digits bend down by the same angle at each joint."""
    points = torch.zeros(21, 3)
    for number, digit in enumerate(DIGITS):
        first = KNUCKLE_OF_DIGIT[digit]
        at, angle = torch.tensor([0.08, 0.0, 0.02 * number]), 0.0
        points[first] = at
        for bone in range(3):
            angle += bend_rad if digit != "thumb" or bone else 0.0
            step = torch.tensor([angle]).cos(), -torch.tensor([angle]).sin()
            at = at + 0.03 * torch.stack([step[0][0], step[1][0], torch.tensor(0.0)])
            points[first + bone + 1] = at
    points[0, 2] = points[KNUCKLE_OF_DIGIT["middle"], 2]  # the wrist
    return points


def seen(hands: list[Tensor], confidence: list[float]) -> FaceAndHands:
    frames = len(hands)
    nowhere = FaceAndHands.nowhere(frames)
    both = torch.stack(hands)[:, None].expand(-1, 2, -1, -1).contiguous()
    return FaceAndHands(
        face_middle_px=nowhere.face_middle_px,
        face_offsets_px=nowhere.face_offsets_px,
        face_confidence=nowhere.face_confidence,
        hands_px=nowhere.hands_px,
        hands_m=both,
        hand_confidence=torch.tensor(confidence)[:, None].expand(-1, 2).contiguous(),
    )


def test_a_curl_grows_by_what_its_joints_bend_however_the_hand_is_turned_or_mirrored() -> None:
    straight, bent = hand(0.2), hand(0.5)
    turned = bent @ torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0))).Q
    base, curled, elsewhere = curls_rad(torch.stack([straight, bent, turned]))
    middle = DIGITS.index("middle")
    assert float(curled[middle] - base[middle]) == pytest.approx(GAIN * 3 * 0.3, abs=0.01)
    thumb = DIGITS.index("thumb")
    assert float(curled[thumb] - base[thumb]) == pytest.approx(GAIN * 2 * 0.3, abs=0.01)
    assert torch.allclose(elsewhere, curled, atol=1e-4)


def test_fingers_return_to_rest_where_no_hand_is_seen() -> None:
    parts = seen([hand(1.0)] * 30, [1.0] * 10 + [0.0] * 20)
    curls = smooth_curls_rad(parts, 0, Fraction(30))
    assert (curls[2, :4] > 0.5).all()
    assert curls[-1].abs().max() < 0.01


def test_fingers_of_a_fist_are_turned_farther_than_those_of_an_open_hand(tiny_body: BodyModel) -> None:
    model = with_fingers(tiny_body)
    turned = finger_rotations(model, seen([hand(1.0)], [1.0]), Fraction(30))
    opened = finger_rotations(model, seen([hand(0.1)], [1.0]), Fraction(30))
    assert turned is not None
    assert opened is not None
    trace = turned.diagonal(dim1=-2, dim2=-1).sum(-1), opened.diagonal(dim1=-2, dim2=-1).sum(-1)
    assert trace[0][0, :12].mean() < trace[1][0, :12].mean()


def test_a_body_without_finger_joints_has_no_fingers(tiny_body: BodyModel) -> None:
    assert finger_rotations(tiny_body, seen([hand(1.0)], [1.0]), Fraction(30)) is None
