"""Mattes that follow the picture's edges."""

import cv2
import numpy as np
from person_before_wall import SIZE, clip, mask_at, wall

from motion_transfer.appearance.matte import refine_matte

EVERYWHERE_KNOWN = np.full((SIZE.height, SIZE.width), 255, np.uint8)


def blurred(mask: np.ndarray, sigma: float = 5.0) -> np.ndarray:
    return cv2.GaussianBlur(mask, (0, 0), sigma)


def test_the_matte_is_full_inside_and_empty_outside() -> None:
    video, _ = clip([60])
    frame = next(iter(video))
    alpha = refine_matte(frame, blurred(mask_at(60)), wall(), EVERYWHERE_KNOWN)
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    assert alpha[40:130, 66:90].min() > 0.97
    far = cv2.dilate(mask_at(60), np.ones((25, 25), np.uint8)) == 0
    assert alpha[far].max() < 0.03


def test_the_matte_follows_the_edge_better_than_the_mask() -> None:
    """The detector's mask is too soft, and 3 px too far to the right."""
    video, _ = clip([60])
    frame, true = next(iter(video)), mask_at(60) > 0
    mask = blurred(mask_at(63), 4.0)
    alpha = refine_matte(frame, mask, wall(), EVERYWHERE_KNOWN)
    soft = mask / 255
    assert np.abs(alpha - true).mean() < 0.5 * np.abs(soft - true).mean()
    assert ((alpha > 0.5) != true).sum() < ((soft > 0.5) != true).sum()


def test_without_a_known_plate_the_detector_is_believed() -> None:
    video, _ = clip([60])
    alpha = refine_matte(next(iter(video)), blurred(mask_at(60)), wall(), EVERYWHERE_KNOWN * 0)
    assert alpha[40:130, 66:90].min() > 0.97
    assert ((alpha > 0.5) != (mask_at(60) > 0)).mean() < 0.03


def test_clothes_that_look_like_the_background_stay_in_the_matte() -> None:
    alpha = refine_matte(wall(), blurred(mask_at(60), 2.0), wall(), EVERYWHERE_KNOWN)
    assert alpha[40:130, 66:90].min() > 0.9


def test_nobody_has_an_empty_matte() -> None:
    nobody = np.zeros((80, 100), np.uint8)
    assert (refine_matte(wall(), nobody, wall(), EVERYWHERE_KNOWN) == 0).all()


def test_a_rim_is_taken_by_its_colours_where_the_mask_is_too_wide() -> None:
    """A halo of the codec makes the surroundings of a person differ from the plate; they are no person."""
    video, _ = clip([60])
    frame, plate, mask = (np.repeat(np.repeat(one, 3, 0), 3, 1) for one in (next(iter(video)), wall(), mask_at(60)))
    true = mask > 0
    halo = (cv2.dilate(mask, np.ones((9, 9), np.uint8)) > 0) & ~true
    shown = np.where(halo[..., None], np.clip(plate.astype(int) + 18, 0, 255), frame).astype(np.uint8)
    wide = blurred(cv2.dilate(mask, np.ones((5, 5), np.uint8)), 3.0)
    alpha = refine_matte(shown, wide, plate, np.full(mask.shape, 255, np.uint8))
    assert alpha[halo].mean() < 0.15
    assert alpha[true].mean() > 0.95
