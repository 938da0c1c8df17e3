from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import hydra
import numpy as np
import pytest
from omegaconf import OmegaConf

from motion_transfer.appearance.anisotropic_diffusion import fill_by_diffusion
from motion_transfer.appearance.inpainting import (
    DeepImagePriorInpainter,
    Inpainter,
    PatchInpainter,
    TeleaInpainter,
    inpaint_holes,
)
from motion_transfer.appearance.matte import refine_matte
from motion_transfer.appearance.plate import build_plate, person_region
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize, Video

SIZE = ImageSize(height=160, width=200)
CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PIECES = PatchInpainter()
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
    plate = build_plate(*clip(list(range(10, 150, 10))), PIECES)
    assert plate.known.all()
    assert np.abs(plate.rgb.astype(int) - background()).mean() < 1.5
    assert np.abs(plate.rgb.astype(int) - background()).max() < 12


def test_what_was_never_seen_is_filled_from_around() -> None:
    plate = build_plate(*clip([60, 62, 64, 66, 64, 62]), PIECES)
    hidden = mask_at(66) & mask_at(60) > 0
    assert not plate.known[hidden].any()
    assert plate.known[:, :50].all()
    assert plate.known[:, 115:].all()
    error = np.abs(plate.rgb.astype(int) - background())
    assert error[plate.known].mean() < 2
    assert error[hidden].mean() < 30
    assert plate.rgb[hidden][:, 0].max() < 190  # none of the person's red


def deep_filling(**changed: Any) -> DeepImagePriorInpainter:
    """As the configuration has it."""
    with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = hydra.compose("transfer", ["plate=deep_image_prior"]).plate
    return hydra.utils.instantiate(OmegaConf.merge(OmegaConf.to_container(config), changed))


FILLINGS = {"pieces": PatchInpainter, "telea": TeleaInpainter, "deep": lambda: deep_filling(prior={"steps": 60})}


@pytest.mark.parametrize("make", FILLINGS.values(), ids=FILLINGS.keys())
def test_a_hole_takes_the_colours_around_it_and_nothing_else_changes(make: Callable[[], Inpainter]) -> None:
    picture = np.full((80, 90, 3), (40, 120, 70), np.uint8)
    known = np.full((80, 90), True)
    known[30:50, 35:60] = False
    picture[~known] = 255
    filled = inpaint_holes(picture, known, make())
    assert np.abs(filled[~known].astype(int) - (40, 120, 70)).max() < 12
    assert (filled[known] == picture[known]).all()


@pytest.mark.parametrize("make", FILLINGS.values(), ids=FILLINGS.keys())
def test_a_hole_at_the_edge_of_the_picture_is_filled(make: Callable[[], Inpainter]) -> None:
    picture = background()
    known = np.full(picture.shape[:2], True)
    known[120:, :60] = False
    broken = picture.copy()
    broken[~known] = 255
    filled = inpaint_holes(broken, known, make())
    assert np.abs(filled[~known].astype(int) - picture[~known]).mean() < 40


def panelled_room() -> np.ndarray:
    """A wall of broad panels over a floor, whose edges go on behind whoever stands there."""
    y, x = np.mgrid[:320, :320] + 0.5
    wall = np.stack([190 - 20 * x / 320, 175 - 10 * y / 320, 150 + 20 * x / 320], -1)
    wall += 30 * np.sin(2 * np.pi * x / 64)[..., None]
    floor = np.broadcast_to((110.0, 85.0, 60.0), wall.shape)
    return np.where(y[..., None] < 208, wall, floor).round().astype(np.uint8)


def standing_figure() -> np.ndarray:
    mask = np.zeros((320, 320), np.uint8)
    cv2.circle(mask, (160, 75), 22, 1, -1)
    cv2.ellipse(mask, (160, 145), (30, 55), 0, 0, 360, 1, -1)
    for side in (-1, 1):
        cv2.line(mask, (160 + side * 25, 105), (160 + side * 60, 180), 1, 14)
        cv2.line(mask, (160 + side * 14, 180), (160 + side * 24, 275), 1, 18)
    return mask > 0


@pytest.mark.slow
def test_the_deep_prior_fills_a_body_shaped_hole_of_a_large_plate_better_than_telea() -> None:
    room, hole = panelled_room(), standing_figure()
    broken = room.copy()
    broken[hole] = 255
    squared = {
        name: np.square(inpaint_holes(broken, ~hole, fill)[hole].astype(float) - room[hole]).mean()
        for name, fill in {"deep": deep_filling(longest_side_px=80), "telea": TeleaInpainter()}.items()
    }
    gain_db = 10 * np.log10(squared["telea"] / squared["deep"])
    assert gain_db > 1


def test_what_stands_in_the_hole_does_not_change_the_filling() -> None:
    hole = standing_figure()[::4, ::4]
    fill = deep_filling(prior={"steps": 4}, longest_side_px=64)
    room = panelled_room()[::4, ::4]
    first, second = (
        inpaint_holes(np.where(hole[..., None], grey, room).astype(np.uint8), ~hole, fill) for grey in (0, 255)
    )
    assert (first == second).all()


def test_a_background_that_no_frame_shows_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a background that some frame shows, found none"):
        inpaint_holes(background(), np.full((SIZE.height, SIZE.width), False), PIECES)


def test_a_picture_too_small_to_fit_a_network_to_is_refused() -> None:
    with pytest.raises(ValueError, match="expected longest_side_px of at least 64, got 8"):
        DeepImagePriorInpainter(deep_filling().prior, 8)


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


def test_a_skirting_board_goes_on_behind_a_standing_person() -> None:
    room = np.full((90, 120, 3), 180, np.uint8)
    room[60:66], room[66:] = 240, 90
    hole = np.zeros(room.shape[:2], bool)
    hole[15:85, 45:65] = True
    broken = np.where(hole[..., None], 0, room).astype(np.uint8)
    filled = inpaint_holes(broken, ~hole, PIECES)
    assert np.abs(filled[hole].astype(int) - room[hole]).mean() < 12


@pytest.mark.parametrize("most", [400, 10**6])
def test_a_level_filling_is_steadier_along_rows_than_along_columns(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motion_transfer.appearance.anisotropic_diffusion.MOST_UNKNOWNS", most)
    rows = np.linspace(0, 1, 60, dtype=np.float32)[:, None, None]
    values = np.broadcast_to(rows, (60, 40, 1)).copy()
    hole = np.zeros((60, 40), bool)
    hole[10:50, 12:28] = True
    broken = np.where(hole[..., None], np.float32(5), values)
    assert np.abs(fill_by_diffusion(broken, hole) - values).max() < 0.06
