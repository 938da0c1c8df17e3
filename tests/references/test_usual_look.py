"""A head that looks unlike most of those turned alike counts less."""

from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from motion_transfer.references.part_pictures import PartPicture
from motion_transfer.references.usual_look import LEAST_WORTH, usual_area_worth, usual_worth

SIDE, RADIUS = 48, 16.0


def head(*, turn_deg: float = 0.0, tilt_deg: float = 0.0, light: float = 1.0, mouth: bool = False) -> PartPicture:
    """A face of two halves, upper and lower, that may have an open mouth; tilted in the picture as the head is."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    tilt = np.deg2rad(tilt_deg)
    across, down = np.cos(tilt) * x + np.sin(tilt) * y, np.cos(tilt) * y - np.sin(tilt) * x
    grey = np.where(down < -3, 90.0, 150.0)
    if mouth:
        grey[(np.abs(across) < 5) & (np.abs(down - 6) < 4)] = 20.0
    upright = torch.diag(torch.tensor([1.0, -1.0, -1.0]))  # a head's y is up, the camera's is down
    view = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([0.0, turn_deg, 0.0])))
    in_picture = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([0.0, 0.0, tilt_deg])))
    return PartPicture(
        foreground=np.repeat((light * grey)[..., None], 3, -1).astype(np.uint8),
        matte=np.ones((SIDE, SIDE), np.float32),
        anchor_px=np.full(2, SIDE / 2, np.float32),
        vertices_px=np.zeros((1, 2), np.float32),
        radius_px=RADIUS,
        camera_from_part=in_picture @ view @ upright,
        detail=10.0,
        area=1.0,
    )


def test_an_open_mouth_among_closed_ones_counts_less_and_light_and_tilt_do_not_matter() -> None:
    usual = [head(), head(light=0.7), head(light=1.2), head(tilt_deg=25), head(tilt_deg=-40), head(turn_deg=4)]
    worth = usual_worth([*usual, None, head(mouth=True)])
    assert worth[:7].min() > 0.7
    assert worth[6] == 1
    assert worth[7] == pytest.approx(LEAST_WORTH, abs=0.05)


def test_heads_that_are_turned_away_are_not_held_against_each_other() -> None:
    """All with an open mouth are seen from one side, where that is usual."""
    front, aside = (
        [head(turn_deg=turn) for turn in (0, 1, 2, 3, 4)],
        [head(turn_deg=60 + turn, mouth=True) for turn in (0, 1, 2, 3, 4)],
    )
    assert usual_worth([*front, *aside]).min() > 0.9


def test_a_few_heads_are_all_usual() -> None:
    assert usual_worth([head(), head(mouth=True), None]).tolist() == [1, 1, 1]


def test_a_part_that_is_larger_or_smaller_than_usual_counts_less_whatever_the_body_of_it_is() -> None:
    """A ball beside a foot, or half a foot behind something, and a part that is small in all pictures."""
    for usual in (1.0, 0.7):
        areas = [usual, 0.95 * usual, 1.05 * usual, None, 1.7 * usual, 0.55 * usual]
        worth = usual_area_worth([None if area is None else replace(head(), area=area) for area in areas])
        assert worth[:3].min() > 0.9
        assert worth[3] == 0
        assert worth[4:].max() < 0.05
    assert not usual_area_worth([None, None]).any()
