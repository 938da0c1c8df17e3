"""References are compared by the side of each joint that the camera sees."""

import roma
import torch

from motion_transfer.references.selection import greedy_cover
from motion_transfer.references.similarity import WHOLE_TURN_WEIGHT, joint_angles_deg, turn_in_picture


def about(axis: int, degrees: float) -> torch.Tensor:
    vector = torch.zeros(1, 3)
    vector[0, axis] = torch.deg2rad(torch.tensor(degrees))
    return roma.rotvec_to_rotmat(vector)


def test_turning_in_the_picture_shows_the_same_side() -> None:
    start = about(0, 30) @ about(1, 20)
    assert torch.allclose(
        joint_angles_deg(about(2, 40) @ start, start), torch.tensor([40 * WHOLE_TURN_WEIGHT]), atol=0.1
    )


def test_turning_away_shows_another_side_by_the_angle() -> None:
    start = about(2, 15)
    expected = torch.tensor([50 * (1 + WHOLE_TURN_WEIGHT)])
    assert torch.allclose(joint_angles_deg(about(1, 50) @ start, start), expected, atol=1e-2)


def test_the_turn_in_the_picture_is_that_of_the_rotation_about_the_line_of_sight() -> None:
    start = about(0, 30) @ about(1, 20)
    found = turn_in_picture(start, about(2, 40) @ start)[0]
    assert torch.allclose(found, about(2, 40)[0, :2, :2], atol=1e-5)


def test_references_are_chosen_for_what_the_others_do_not_show() -> None:
    worth = torch.tensor([[0.9, 0.8, 0.0, 0.0], [0.8, 0.9, 0.0, 0.0], [0.0, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.4]])
    assert greedy_cover(worth, 3) in ([0, 2, 3], [1, 2, 3])
    assert greedy_cover(worth[:1], 3) == [0]
    assert greedy_cover(torch.tensor([[0.5, 0.5], [0.2, 0.5]]), 2) == [0]
