"""Parts of the body are shown by the pictures nearest to how they are turned, and by few different ones."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.references.hand_pictures import HandPicture
from motion_transfer.references.picture_choice import ChoiceLimits, choose_pictures, crisp_worth, steadiest

LIMITS = ChoiceLimits(tolerance_deg=25.0, most=10, change=1.5)


def turned(*degrees: float) -> Float[Tensor, "turn 3 3"]:
    """About the upright axis, so that the camera sees another side."""
    return roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([[0.0, angle, 0.0] for angle in degrees])))


def picture(camera_from_wrist: Tensor, detail: float = 10.0) -> HandPicture:
    return HandPicture(
        foreground=np.zeros((4, 4, 3), np.uint8),
        matte=np.ones((4, 4), np.float32),
        wrist_px=np.zeros(2, np.float32),
        camera_from_wrist=camera_from_wrist,
        forearm=np.array([0, 1], np.float32),
        hand=np.array([0, 0.5], np.float32),
        depth_m=3.0,
        detail=detail,
    )


@pytest.mark.parametrize("change", [0.0, 0.7, 3.0])
def test_the_steadiest_choices_are_the_cheapest_of_all(change: float) -> None:
    cost = np.random.default_rng(3).random((6, 3)).astype(np.float32)

    def price(path: tuple[int, ...]) -> float:
        return sum(cost[frame, one] for frame, one in enumerate(path)) + change * sum(
            one != other for one, other in itertools.pairwise(path)
        )

    best = min(itertools.product(range(3), repeat=6), key=price)
    assert tuple(steadiest(cost, change).tolist()) == best


def test_each_frame_shows_the_picture_that_is_turned_most_like_it() -> None:
    known = turned(0, 40, 80)
    driven = torch.cat([turned(2).expand(6, 3, 3), turned(78).expand(6, 3, 3)])
    show = choose_pictures(driven, known, torch.ones(3), lambda row: picture(known[row]), LIMITS)
    shown = [show.pictures[row].camera_from_wrist for row in show.shown]
    assert all(torch.equal(one, known[0]) for one in shown[:6])
    assert all(torch.equal(one, known[2]) for one in shown[6:])


def test_what_gives_no_picture_or_a_blurred_one_is_passed_over() -> None:
    known, driven = turned(0, 10, 20, 30), turned(0, 10, 20, 30)
    found = {1: picture(known[1], detail=1.0), 2: picture(known[2]), 3: picture(known[3])}
    show = choose_pictures(driven, known, torch.ones(4), found.get, LIMITS)
    assert {one.detail for one in show.pictures} == {10.0}
    assert (show.shown >= 0).all()


def test_a_part_that_is_turned_as_no_picture_shows_it_is_shown_by_none() -> None:
    known, driven = turned(0), torch.cat([turned(2).expand(4, 3, 3), turned(120).expand(4, 3, 3)])
    near = replace(LIMITS, farthest_deg=60.0)
    show = choose_pictures(driven, known, torch.ones(1), lambda row: picture(known[row]), near)
    assert show.shown.tolist() == [0, 0, 0, 0, -1, -1, -1, -1]
    assert not choose_pictures(driven, known, torch.ones(1), lambda row: picture(known[row]), LIMITS).shown.any()


def test_where_no_reference_shows_the_hand_no_picture_is_shown() -> None:
    show = choose_pictures(turned(0, 10), turned(0, 10), torch.ones(2), lambda _: None, LIMITS)
    assert not show.pictures
    assert show.shown.tolist() == [-1, -1]


def test_however_many_references_there_are_few_are_cut_out() -> None:
    known = turned(*np.linspace(0, 350, 200).tolist())
    show = choose_pictures(known, known, torch.ones(200), lambda row: picture(known[row]), LIMITS)
    assert 2 < len(show.pictures) <= LIMITS.most


def test_a_look_that_is_asked_for_outweighs_a_small_turn() -> None:
    """Two pictures are turned alike, and one of them looks otherwise; each is shown where its look is wanted."""
    known = turned(0, 8)
    unlike = torch.tensor([[0.0, 4.0]] * 6 + [[4.0, 0.0]] * 6)
    show = choose_pictures(
        turned(0).expand(12, 3, 3), known, torch.ones(2), lambda row: picture(known[row]), LIMITS, unlike
    )
    shown = [show.pictures[row].camera_from_wrist for row in show.shown]
    assert all(torch.equal(one, known[0]) for one in shown[:6])
    assert all(torch.equal(one, known[1]) for one in shown[6:])


def test_a_picture_counts_by_its_detail_among_those_of_its_part() -> None:
    known = turned(0, 10, 20, 30)
    shown = [picture(one, detail) for one, detail in zip(known, (10.0, 10.0, 30.0, 5.0), strict=True)]
    worth = crisp_worth([*shown[:3], None, shown[3]])
    assert worth[2] == 1
    assert worth[3] == 0
    assert worth[4] < worth[0] == worth[1] < 1
    assert not crisp_worth([None, None]).any()
    assert crisp_worth([picture(known[0], 0.0), None]).tolist() == [1, 0]


def test_a_crisp_picture_is_shown_before_a_blurred_one_that_is_turned_a_little_better() -> None:
    known, driven = turned(0, 12), turned(2).expand(4, 3, 3)
    found = [picture(known[0], detail=4.0), picture(known[1], detail=10.0)]
    show = choose_pictures(driven, known, crisp_worth(found), found.__getitem__, LIMITS)
    assert {show.pictures[row].detail for row in show.shown} == {10.0}
