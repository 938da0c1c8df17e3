"""Faces with usual openings of mouth and eyes count fully, and a blink counts less."""

from dataclasses import replace

import pytest
import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.references.expressions import (
    CHIN,
    FOREHEAD,
    LEAST_WORTH,
    LEFT_EYE,
    MOUTH,
    RIGHT_EYE,
    expression_apart,
    face_worth,
    openings,
    openings_beyond_usual,
    worth_on_face,
)


def faces(opened: list[tuple[float, float]]) -> FaceAndHands:
    """Frames in which mouth and eyes are so far open, as fractions of their widths."""
    points = torch.zeros(len(opened), 468, 3)
    points[:, FOREHEAD, 1], points[:, CHIN, 1] = -40.0, 40.0
    for frame, (mouth, eyes) in enumerate(opened):
        for (upper, lower, one, other), share in ((MOUTH, mouth), (RIGHT_EYE, eyes), (LEFT_EYE, eyes)):
            points[frame, one, 0], points[frame, other, 0] = -10.0, 10.0
            points[frame, upper, 1], points[frame, lower, 1] = -10 * share, 10 * share
    return replace(
        FaceAndHands.nowhere(len(opened)), face_offsets_px=points.half(), face_confidence=torch.ones(len(opened))
    )


def test_openings_are_heights_over_widths() -> None:
    mouth, right_eye, left_eye = openings(faces([(0.5, 0.25)]))[0].tolist()
    assert mouth == pytest.approx(0.5, abs=0.01)
    assert right_eye == left_eye == pytest.approx(0.25, abs=0.01)


def test_of_a_face_in_profile_nothing_is_told() -> None:
    parts = faces([(0.1, 0.3)] * 4)
    turn = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([[0.0, angle, 0.0] for angle in (0.0, 30.0, 50.0, 90.0)])))
    turned = replace(parts, face_offsets_px=(parts.face_offsets_px.float() @ turn.mT).half())
    wide = turned.face_offsets_px.clone()
    wide[:, MOUTH[1], 1] += 8
    found = openings_beyond_usual(replace(turned, face_offsets_px=torch.cat([turned.face_offsets_px[:1], wide[1:]])))
    assert found is not None
    assert (found[:2, 0] != 0).any()
    assert (found[2:] == 0).all()


def test_a_blink_counts_less_than_the_usual_face_and_a_face_that_is_turned_away_counts_fully() -> None:
    usual = [(0.1, 0.3)] * 8
    parts = faces([*usual, (0.1, 0.02), (0.9, 0.3), (0.1, 0.3)])
    confidence = torch.ones(11)
    confidence[10] = 0.0
    worth = face_worth(replace(parts, face_confidence=confidence), list(range(11)))
    assert (worth[:8] > 0.95).all()
    assert float(worth[8]) == pytest.approx(LEAST_WORTH, abs=0.01)
    assert float(worth[9]) == pytest.approx(LEAST_WORTH, abs=0.01)
    assert worth[10] == 1


def test_without_face_meshes_all_faces_count_fully() -> None:
    assert face_worth(None, [0, 3]).tolist() == [1, 1]
    assert face_worth(FaceAndHands.nowhere(5), [0, 3]).tolist() == [1, 1]


def test_a_face_counts_on_the_head_alone(tiny_body: BodyModel) -> None:
    worth = worth_on_face(tiny_body, torch.tensor([0.4, 1.0]))
    head = tiny_body.part_of_vertex == PARTS.index("head")
    assert torch.allclose(worth[0, head], torch.tensor(0.4))
    assert (worth[0, ~head] == 1).all()
    assert (worth[1] == 1).all()


def test_openings_are_told_beyond_the_persons_own_usual_ones_and_not_of_faces_turned_away() -> None:
    parts = faces([(0.1, 0.3)] * 8 + [(0.5, 0.05), (0.9, 0.9)])
    confidence = torch.ones(10)
    confidence[9] = 0.0
    found = openings_beyond_usual(replace(parts, face_confidence=confidence))
    assert found is not None
    assert found[:8].abs().max() < 0.01
    assert torch.allclose(found[8], torch.tensor([0.4, -0.25, -0.25]), atol=0.01)
    assert (found[9] == 0).all()
    assert openings_beyond_usual(None) is None
    assert openings_beyond_usual(FaceAndHands.nowhere(3)) is None


def test_faces_of_one_expression_are_near_and_an_open_mouth_is_far_from_a_closed_one() -> None:
    wide, shut = torch.tensor([[0.4, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 0.0]])
    apart = expression_apart(torch.cat([wide, shut]), wide)
    assert apart[0, 0] == 0
    assert apart[1, 0] > 4
