from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from motion_transfer.appearance.matte import refine_matte
from motion_transfer.appearance.plate import build_plate, fill_holes, person_region
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize, Video

SIZE = ImageSize(height=160, width=200)
EVERYWHERE_KNOWN = np.full((SIZE.height, SIZE.width), 255, np.uint8)


def background() -> np.ndarray:
    coarse = np.random.default_rng(0).integers(60, 150, (9, 11, 3), np.uint8)
    return cv2.resize(coarse, (SIZE.width, SIZE.height), interpolation=cv2.INTER_CUBIC)


def mask_at(left: int) -> np.ndarray:
    mask = np.zeros((SIZE.height, SIZE.width), np.uint8)
    mask[30:140, left : left + 36] = 255
    return mask


def clip(lefts: list[int], noise: float = 2.0) -> tuple[Video, Masks]:
    """A red square that moves before the background, filmed by a sensor with noise."""
    generator = np.random.default_rng(1)
    frames = []
    for left in lefts:
        frame = background().astype(float) + generator.normal(0, noise, (SIZE.height, SIZE.width, 3))
        frame[mask_at(left) > 0] = (220, 30, 40)
        frames.append(frame.round().clip(0, 255).astype(np.uint8))

    def open_frames() -> Iterator[np.ndarray]:
        yield from frames

    video = Video(open_frames=open_frames, size=SIZE, fps=Fraction(25), frame_count=len(frames))
    return video, Masks(compressed=tuple(Masks.compress(mask_at(left)) for left in lefts), size=SIZE)


def test_the_plate_is_the_background_wherever_it_was_seen() -> None:
    plate = build_plate(*clip(list(range(10, 150, 10))))
    assert plate.known.all()
    assert np.abs(plate.rgb.astype(int) - background()).mean() < 1.5
    assert np.abs(plate.rgb.astype(int) - background()).max() < 12


def test_what_was_never_seen_is_filled_from_around() -> None:
    plate = build_plate(*clip([60, 62, 64, 66, 64, 62]))
    hidden = mask_at(66) & mask_at(60) > 0
    assert not plate.known[hidden].any()
    assert plate.known[:, :50].all()
    assert plate.known[:, 115:].all()
    error = np.abs(plate.rgb.astype(int) - background())
    assert error[plate.known].mean() < 2
    assert error[hidden].mean() < 30
    assert plate.rgb[hidden][:, 0].max() < 190  # none of the person's red


def test_a_hole_takes_the_colours_around_it_and_nothing_else_changes() -> None:
    picture = np.full((80, 90, 3), (40, 120, 70), np.uint8)
    known = np.full((80, 90), True)
    known[30:50, 35:60] = False
    picture[~known] = 255
    filled = fill_holes(picture, known)
    assert np.abs(filled[~known].astype(int) - (40, 120, 70)).max() < 6
    assert (filled[known] == picture[known]).all()


def test_a_hole_at_the_edge_of_the_picture_is_filled() -> None:
    picture = background()
    known = np.full(picture.shape[:2], True)
    known[120:, :60] = False
    broken = picture.copy()
    broken[~known] = 255
    assert np.abs(fill_holes(broken, known)[~known].astype(int) - picture[~known]).mean() < 40


def test_a_background_that_no_frame_shows_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a background that some frame shows, found none"):
        fill_holes(background(), np.full((SIZE.height, SIZE.width), False))


def test_the_persons_region_has_a_margin() -> None:
    video, masks = clip([60])
    small = cv2.resize(masks[0], (100, 80), interpolation=cv2.INTER_AREA)
    region = person_region(small, video, 0.05)
    assert region[mask_at(60) > 0].all()
    assert region[80, 54]
    assert not region[80, 40]


def blurred(mask: np.ndarray, sigma: float = 5.0) -> np.ndarray:
    return cv2.GaussianBlur(mask, (0, 0), sigma)


def test_the_matte_is_full_inside_and_empty_outside() -> None:
    video, _ = clip([60])
    frame = next(iter(video))
    alpha = refine_matte(frame, blurred(mask_at(60)), background(), EVERYWHERE_KNOWN)
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
    alpha = refine_matte(frame, mask, background(), EVERYWHERE_KNOWN)
    soft = mask / 255
    assert np.abs(alpha - true).mean() < 0.5 * np.abs(soft - true).mean()
    assert ((alpha > 0.5) != true).sum() < ((soft > 0.5) != true).sum()


def test_without_a_known_plate_the_detector_is_believed() -> None:
    video, _ = clip([60])
    alpha = refine_matte(next(iter(video)), blurred(mask_at(60)), background(), EVERYWHERE_KNOWN * 0)
    assert alpha[40:130, 66:90].min() > 0.97
    assert ((alpha > 0.5) != (mask_at(60) > 0)).mean() < 0.03


def test_clothes_that_look_like_the_background_stay_in_the_matte() -> None:
    alpha = refine_matte(background(), blurred(mask_at(60), 2.0), background(), EVERYWHERE_KNOWN)
    assert alpha[40:130, 66:90].min() > 0.9


def test_nobody_has_an_empty_matte() -> None:
    nobody = np.zeros((80, 100), np.uint8)
    assert (refine_matte(background(), nobody, background(), EVERYWHERE_KNOWN) == 0).all()
