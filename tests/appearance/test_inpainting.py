"""Inpainters: what they fill, and how they can be stopped."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import hydra
import numpy as np
import pytest
from omegaconf import OmegaConf
from person_before_wall import wall

from motion_transfer.appearance.anisotropic_diffusion import fill_by_diffusion
from motion_transfer.appearance.inpainting import (
    DeepImagePriorInpainter,
    Inpainter,
    PatchInpainter,
    TeleaInpainter,
    inpaint_holes,
    run_polled,
)
from motion_transfer.configuration.composition import compose_files


def deep_inpainter(**changed: Any) -> DeepImagePriorInpainter:
    """As the configuration has it."""
    config = compose_files("transfer", ["registration/inpainter=deep_image_prior"]).registration.inpainter
    return hydra.utils.instantiate(OmegaConf.merge(OmegaConf.to_container(config), changed))


deep = partial(deep_inpainter, prior={"steps": 60})
QUICK = [pytest.param(PatchInpainter, id="patches"), pytest.param(TeleaInpainter, id="telea")]
INPAINTERS = [*QUICK, pytest.param(deep, id="deep", marks=pytest.mark.slow)]


@pytest.mark.slow
@pytest.mark.parametrize("make", INPAINTERS)
def test_a_hole_takes_the_colours_around_it_and_nothing_else_changes(make: Callable[[], Inpainter]) -> None:
    picture = np.full((80, 90, 3), (40, 120, 70), np.uint8)
    known = np.full((80, 90), True)
    known[30:50, 35:60] = False
    picture[~known] = 255
    filled = inpaint_holes(picture, known, make())
    assert np.abs(filled[~known].astype(int) - (40, 120, 70)).max() < 12
    assert (filled[known] == picture[known]).all()


@pytest.mark.slow
# The deep prior fills the hole above; at the edge it is looked at a second time.
@pytest.mark.parametrize("make", [*QUICK, pytest.param(deep, id="deep", marks=pytest.mark.soak)])
def test_a_hole_at_the_edge_of_the_picture_is_filled(make: Callable[[], Inpainter]) -> None:
    picture = wall()
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


@pytest.mark.soak
@pytest.mark.slow
def test_the_deep_prior_fills_a_body_shaped_hole_of_a_large_plate_better_than_telea() -> None:
    room, hole = panelled_room(), standing_figure()
    broken = room.copy()
    broken[hole] = 255
    squared = {
        name: np.square(inpaint_holes(broken, ~hole, inpainter)[hole].astype(float) - room[hole]).mean()
        for name, inpainter in {"deep": deep_inpainter(longest_side_px=80), "telea": TeleaInpainter()}.items()
    }
    gain_db = 10 * np.log10(squared["telea"] / squared["deep"])
    assert gain_db > 1


@pytest.mark.slow
def test_what_stands_in_the_hole_does_not_change_the_filling() -> None:
    hole = standing_figure()[::4, ::4]
    fill = deep_inpainter(prior={"steps": 4}, longest_side_px=64)
    room = panelled_room()[::4, ::4]
    first, second = (
        inpaint_holes(np.where(hole[..., None], grey, room).astype(np.uint8), ~hole, fill) for grey in (0, 255)
    )
    assert (first == second).all()


def test_a_background_that_no_frame_shows_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a background that some frame shows, found none"):
        inpaint_holes(wall(), np.zeros(wall().shape[:2], bool), PatchInpainter())


@pytest.mark.slow
def test_a_picture_too_small_to_fit_a_network_to_is_refused() -> None:
    with pytest.raises(ValueError, match="expected longest_side_px of at least 64, got 8"):
        DeepImagePriorInpainter(deep_inpainter().prior, 8)


def test_a_skirting_board_goes_on_behind_a_standing_person() -> None:
    room = np.full((90, 120, 3), 180, np.uint8)
    room[60:66], room[66:] = 240, 90
    hole = np.zeros(room.shape[:2], bool)
    hole[15:85, 45:65] = True
    broken = np.where(hole[..., None], 0, room).astype(np.uint8)
    filled = inpaint_holes(broken, ~hole, PatchInpainter())
    assert np.abs(filled[hole].astype(int) - room[hole]).mean() < 12


@pytest.mark.parametrize("max_unknowns", [400, 10**6])
def test_diffusion_is_steadier_along_rows_than_across_them(max_unknowns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motion_transfer.appearance.anisotropic_diffusion.MAX_UNKNOWNS", max_unknowns)
    rows = np.linspace(0, 1, 60, dtype=np.float32)[:, None, None]
    values = np.broadcast_to(rows, (60, 40, 1)).copy()
    hole = np.zeros((60, 40), bool)
    hole[10:50, 12:28] = True
    broken = np.where(hole[..., None], np.float32(5), values)
    assert np.abs(fill_by_diffusion(broken, hole) - values).max() < 0.06


class Stopped(BaseException):
    """As of a run that is cancelled."""


def broken_wall() -> tuple[np.ndarray, np.ndarray]:
    known = np.full(wall().shape[:2], True)
    known[30:120, 70:110] = False
    return wall(), known


@pytest.mark.parametrize("make", INPAINTERS)
def test_what_advance_raises_ends_the_inpainting(make: Callable[[], Inpainter]) -> None:
    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        inpaint_holes(*broken_wall(), make(), stop)


@pytest.mark.slow
def test_library_calls_are_watched_from_the_calling_thread() -> None:
    threads, may_end = [], threading.Event()

    def advance() -> None:
        threads.append(threading.current_thread())
        if len(threads) == 2:
            may_end.set()

    assert run_polled(lambda: may_end.wait(timeout=60), advance)
    assert set(threads) == {threading.current_thread()}


def test_an_error_of_the_library_is_raised_where_it_was_called() -> None:
    def fail() -> None:
        raise TimeoutError("too slow")

    with pytest.raises(TimeoutError, match="too slow"):
        run_polled(fail, lambda: None)
