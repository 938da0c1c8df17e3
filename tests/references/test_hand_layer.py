"""A filmed hand is laid where the driven wrist is, turned and scaled with it, behind what lies before it."""

from dataclasses import replace

import numpy as np
import roma
import torch

from motion_transfer.references.hand_layer import DrivenHand, place_hand
from motion_transfer.references.hand_pictures import HandPicture
from motion_transfer.references.layers import lay

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
        hand=np.array([0, 0.5], np.float32),
        depth_m=3.0,
        detail=10.0,
    )


def driven(
    wrist_px: tuple[float, float],
    turn_deg: float = 0.0,
    depth_m: float = 3.0,
    forearm_deg: float | None = None,
    spans: float = 0.5,
) -> DrivenHand:
    """A hand that is turned in the picture, with its forearm unless that is told.

    Args:
        spans: of the hand's length that its direction spans in the picture.
    """
    turn = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor([0.0, 0.0, turn_deg])))
    down = np.deg2rad(turn_deg if forearm_deg is None else forearm_deg)
    return DrivenHand(
        wrist_px=np.array(wrist_px, np.float32),
        forearm_px=np.array([-30 * np.sin(down), 30 * np.cos(down)], np.float32),
        hand_px=(turn[:2, :2] @ torch.tensor([0.0, 20.0 * spans])).numpy(),
        length_px=20.0,
        depth_m=depth_m,
        hand_depth_m=depth_m,
        camera_from_wrist=turn,
    )


def laid(hand_there: DrivenHand, before: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Colours and alpha of a picture whose rows and columns begin at 20 and 30."""
    placed = place_hand(hand(), hand_there)
    rgb, alpha = np.full((HEIGHT, WIDTH, 3), 7, np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    area = (slice(20, 20 + HEIGHT), slice(30, 30 + WIDTH))
    lay(placed, np.full((HEIGHT, WIDTH), before, np.float32), area, rgb, alpha)
    return rgb, alpha


def turned_by(picture: HandPicture, hand_there: DrivenHand) -> float:
    layer = place_hand(picture, hand_there)
    np.testing.assert_allclose(layer.anchor_px, WRIST_PX)
    np.testing.assert_allclose(layer.place_px, hand_there.wrist_px)
    window_from_picture = np.linalg.inv(layer.picture_from_window)
    return float(np.arctan2(window_from_picture[1, 0], window_from_picture[0, 0]))


def test_a_hand_that_is_turned_as_filmed_keeps_its_very_pixels() -> None:
    rgb, alpha = laid(driven((46.0, 33.0)))
    np.testing.assert_allclose(rgb[10:20, 10:22], hand().foreground, atol=1e-3)
    assert alpha.sum() == 120
    assert alpha[10:20, 10:22].min() == 1


def test_a_quarter_turn_of_the_wrist_turns_the_picture_about_it() -> None:
    rgb, _ = laid(driven((55.0, 45.0), turn_deg=90.0))
    expected = np.rot90(hand().foreground, k=-1)  # x to the right and y down: the turn is clockwise
    # The wrist, 6 from the left and 3 from the top, now lies 7 from the left and 6 from the top.
    np.testing.assert_allclose(rgb[19:31, 18:28], expected, atol=1.5)


def test_a_hand_twice_as_far_away_is_half_as_large() -> None:
    _, alpha = laid(driven((46.0, 33.0), depth_m=6.0))
    assert abs(alpha.sum() - 30) < 3


def test_a_hand_behind_the_body_is_not_shown_and_one_outside_the_picture_leaves_it_alone() -> None:
    for rgb, alpha in (
        laid(driven((46.0, 33.0)), before=0.0),
        laid(driven((900.0, 33.0))),
        laid(driven((46.0, -900.0))),
    ):
        assert (rgb == 7).all()
        assert not alpha.any()


def test_a_soft_rim_mixes_with_what_lies_below_by_its_alpha() -> None:
    picture = hand()
    picture.matte[:] = 0.25
    placed = place_hand(picture, driven((16.0, 13.0)))
    rgb, alpha = np.full((HEIGHT, WIDTH, 3), 100, np.float32), np.ones((HEIGHT, WIDTH), np.float32)
    lay(placed, np.ones((HEIGHT, WIDTH), np.float32), (slice(0, HEIGHT), slice(0, WIDTH)), rgb, alpha)
    expected = 75 + 0.25 * picture.foreground.astype(np.float32)
    np.testing.assert_allclose(rgb[11:19, 11:21], expected[1:9, 1:11], atol=1.0)
    assert alpha.min() == 1


def test_a_wrist_bends_no_further_than_half_a_radian_beyond_how_it_was_filmed() -> None:
    """The driven forearm points down as the filmed one did, but the hand says a quarter turn."""
    wrist_px = (46.0, 33.0)
    assert abs(turned_by(hand(), driven(wrist_px, turn_deg=90.0, forearm_deg=0.0)) - 0.5) < 1e-5
    slightly = driven(wrist_px, turn_deg=20.0, forearm_deg=0.0)
    assert abs(turned_by(hand(), slightly) - np.deg2rad(20)) < 1e-5
    end_on = replace(hand(), forearm=np.zeros(2, np.float32))
    assert abs(turned_by(end_on, driven(wrist_px, turn_deg=90.0, forearm_deg=0.0)) - np.pi / 2) < 1e-5


def test_a_hand_points_as_the_driven_one_does_and_turns_with_the_wrist_where_it_points_at_the_camera() -> None:
    """The wrist is turned by 20 degrees in the picture, and the hand points straight down all the same."""
    pointing = replace(driven((46.0, 33.0), turn_deg=20.0), hand_px=np.array([0.0, 10.0], np.float32))
    assert abs(turned_by(hand(), pointing)) < 1e-5
    at_camera = replace(driven((46.0, 33.0), turn_deg=20.0, spans=0.1), forearm_px=np.zeros(2, np.float32))
    assert abs(turned_by(hand(), at_camera) - np.deg2rad(20)) < 1e-5
