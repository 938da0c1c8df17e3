"""Face mesh and hands of a result against those of the true frames."""

from dataclasses import replace

import pytest
import torch

from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.evaluation.part_error import CHIN, FOREHEAD, part_scores


def shown(frames: int) -> FaceAndHands:
    """A face 100 px high and hands of 0.2 m at 400 px a metre."""
    generator = torch.Generator().manual_seed(0)
    face = 40 * (torch.rand(frames, 468, 3, generator=generator) - 0.5)
    face[:, FOREHEAD], face[:, CHIN] = torch.tensor([0.0, -50.0, 0.0]), torch.tensor([0.0, 50.0, 0.0])
    hands_m = 0.1 * (torch.rand(frames, 2, 21, 3, generator=generator) - 0.5)
    hands_m[:, :, 0], hands_m[:, :, 9] = torch.zeros(3), torch.tensor([0.0, 0.1, 0.0])
    return FaceAndHands(
        face_middle_px=torch.full((frames, 2), 200.0),
        face_offsets_px=face.half(),
        face_confidence=torch.ones(frames),
        hands_px=400 * hands_m[..., :2] + 100,
        hands_m=hands_m,
        hand_confidence=torch.ones(frames, 2),
    )


def test_the_same_face_and_hands_are_found_without_error() -> None:
    assert part_scores(shown(2), shown(2)) == {
        "face_mesh_found": 1,
        "face_mesh_error": 0,
        "hands_found": 1,
        "hand_error": 0,
    }


def test_errors_are_in_per_cent_of_the_face_and_of_the_hand() -> None:
    true = shown(3)
    moved = replace(
        true,
        face_middle_px=true.face_middle_px + torch.tensor([3.0, 4.0]),
        hands_px=true.hands_px + torch.tensor([8.0, 0.0]),
    )
    scores = part_scores(moved, true)
    assert scores["face_mesh_error"] == pytest.approx(5, rel=0.01)
    assert scores["hand_error"] == pytest.approx(10, rel=0.01)


def test_what_is_lost_counts_as_not_found_and_has_no_error() -> None:
    true, lost = shown(4), shown(4)
    lost = replace(lost, face_confidence=torch.tensor([1.0, 0.2, 0.0, 1.0]), hand_confidence=torch.zeros(4, 2))
    scores = part_scores(lost, true)
    assert scores["face_mesh_found"] == 0.5
    assert scores["face_mesh_error"] == 0
    assert scores["hands_found"] == 0
    assert scores["hand_error"] != scores["hand_error"]


def test_a_clip_without_any_face_has_no_scores_of_faces() -> None:
    scores = part_scores(FaceAndHands.nowhere(2), FaceAndHands.nowhere(2))
    assert all(score != score for score in scores.values())


def test_clips_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="expected face and hands of 3 frames, got 2"):
        part_scores(shown(2), shown(3))
