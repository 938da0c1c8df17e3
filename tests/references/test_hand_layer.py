"""A filmed hand is laid where the driven wrist is, turned and scaled with it, behind what lies before it."""

from dataclasses import replace

import numpy as np
import roma
import torch

from motion_transfer.references.hand_layer import lay_hand, place_hand
from motion_transfer.references.hand_pictures import HandPicture

HEIGHT, WIDTH = 40, 50
WRIST_PX = np.array([6.0, 3.0], np.float32)


def hand() -> HandPicture:
    rgb = np.random.default_rng(0).integers(0, 255, (10, 12, 3), dtype=np.uint8)
    return HandPicture(
        foreground=rgb,
        matte=np.ones((10, 12), np.float32),
        wrist_px=WRIST_PX,
        camera_from_wrist=torch.eye(3),
        forearm=np.array([0, 1.5], np.float32),
        depth_m=3.0,
        detail=10.0,
    )


def laid(
    wrist_px: tuple[float, float],
    turn_deg: float = 0.0,
    depth_m: float = 3.0,
    before: float = 1.0,
    forearm: tuple[float, float] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Colours and alpha of a picture whose rows and columns begin at 20 and 30."""
    turn = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([0.0, 0.0, turn_deg])))
    if forearm is None:  # it turns with the hand
        forearm = (-float(turn[1, 0]), float(turn[0, 0]))
    placed = place_hand(hand(), np.array(wrist_px, np.float32), depth_m, depth_m, turn, np.array(forearm, np.float32))
    rgb, alpha = np.full((HEIGHT, WIDTH, 3), 7, np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    area = (slice(20, 20 + HEIGHT), slice(30, 30 + WIDTH))
    lay_hand(placed, np.full((HEIGHT, WIDTH), before, np.float32), area, rgb, alpha)
    return rgb, alpha


def test_a_hand_that_is_turned_as_filmed_keeps_its_very_pixels() -> None:
    rgb, alpha = laid((46.0, 33.0))
    np.testing.assert_allclose(rgb[10:20, 10:22], hand().foreground, atol=1e-3)
    assert alpha.sum() == 120
    assert alpha[10:20, 10:22].min() == 1


def test_a_quarter_turn_of_the_wrist_turns_the_picture_about_it() -> None:
    rgb, _ = laid((55.0, 45.0), turn_deg=90.0)
    expected = np.rot90(hand().foreground, k=-1)  # x to the right and y down: the turn is clockwise
    # The wrist, 6 from the left and 3 from the top, now lies 7 from the left and 6 from the top.
    np.testing.assert_allclose(rgb[19:31, 18:28], expected, atol=1.5)


def test_a_hand_twice_as_far_away_is_half_as_large() -> None:
    _, alpha = laid((46.0, 33.0), depth_m=6.0)
    assert abs(alpha.sum() - 30) < 3


def test_a_hand_behind_the_body_is_not_shown_and_one_outside_the_picture_leaves_it_alone() -> None:
    for rgb, alpha in (laid((46.0, 33.0), before=0.0), laid((900.0, 33.0)), laid((46.0, -900.0))):
        assert (rgb == 7).all()
        assert not alpha.any()


def test_a_soft_rim_mixes_with_what_lies_below_by_its_alpha() -> None:
    picture = hand()
    picture.matte[:] = 0.25
    placed = place_hand(picture, np.array([16.0, 13.0], np.float32), 3.0, 3.0, torch.eye(3), np.array([0, 1.0]))
    rgb, alpha = np.full((HEIGHT, WIDTH, 3), 100, np.float32), np.ones((HEIGHT, WIDTH), np.float32)
    lay_hand(placed, np.ones((HEIGHT, WIDTH), np.float32), (slice(0, HEIGHT), slice(0, WIDTH)), rgb, alpha)
    expected = 75 + 0.25 * picture.foreground.astype(np.float32)
    np.testing.assert_allclose(rgb[11:19, 11:21], expected[1:9, 1:11], atol=1.0)
    assert alpha.min() == 1


def test_a_wrist_bends_no_further_than_half_a_radian_beyond_how_it_was_filmed() -> None:
    """The driven forearm points down as the filmed one did, but the wrist says a quarter turn."""
    down = np.array([0, 30.0], np.float32)
    quarter = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([0.0, 0.0, 90.0])))
    wrist_px = np.array([46.0, 33.0], np.float32)
    bent = place_hand(hand(), wrist_px, 3.0, 3.0, quarter, down).window_from_picture
    assert abs(np.arctan2(bent[1, 0], bent[0, 0]) - 0.5) < 1e-5
    slightly = roma.rotvec_to_rotmat(torch.tensor([0.0, 0.0, 0.3]))
    kept = place_hand(hand(), wrist_px, 3.0, 3.0, slightly, down).window_from_picture
    assert abs(np.arctan2(kept[1, 0], kept[0, 0]) - 0.3) < 1e-5
    for placed in (bent, kept):
        np.testing.assert_allclose(placed[:, :2] @ WRIST_PX + placed[:, 2], wrist_px, atol=1e-4)
    unbound = replace(hand(), forearm=np.zeros(2, np.float32))  # filmed end on
    free = place_hand(unbound, wrist_px, 3.0, 3.0, quarter, down).window_from_picture
    assert abs(np.arctan2(free[1, 0], free[0, 0]) - np.pi / 2) < 1e-5
