"""References are sampled at the frame's own pixels, wherever the warp was computed on a coarser grid."""

import cv2
import numpy as np
import pytest

from motion_transfer.references.enlarging import Place, enlarged_blend, enlarged_position
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.warping import Warp

HEIGHT, WIDTH = 90, 60


def place(rgb: np.ndarray, corner: tuple[float, float] = (0.0, 0.0)) -> Place:
    picture = ReferencePicture(
        foreground=rgb, matte=np.full(rgb.shape[:2], 255, np.uint8), trusted=np.ones(rgb.shape[:2], bool)
    )
    return Place(picture=picture, corner_px=np.array(corner), gain=np.ones(3))


def smooth_picture(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


def shifted_cells(px_per_cell: float, x: float, y: float) -> np.ndarray:
    """Each cell's centre, shifted in the reference."""
    rows, columns = round(HEIGHT / px_per_cell), round(WIDTH / px_per_cell)
    down, across = np.mgrid[:rows, :columns] + 0.5
    return np.stack([across * px_per_cell + x, down * px_per_cell + y], -1).astype(np.float32)


@pytest.mark.parametrize("px_per_cell", [1.0, 1.5, 3.0])
def test_a_warp_of_whole_pixels_gives_the_very_pixels_of_the_reference(px_per_cell: float) -> None:
    rgb = smooth_picture(0)
    cells = shifted_cells(px_per_cell, 5, 2)
    warp = Warp(position_px=cells[None], confidence=np.ones((1, *cells.shape[:2])))
    found = enlarged_blend(warp, np.ones((1, *cells.shape[:2]), np.float32), [place(rgb)], WIDTH, HEIGHT, px_per_cell)
    np.testing.assert_allclose(found.rgb[4:-8, 4:-12], rgb[6:-6, 9:-7], atol=1.01)
    np.testing.assert_allclose(found.share, 1, atol=1e-5)


def test_the_corner_of_a_picture_counts() -> None:
    rgb, cells = smooth_picture(1), shifted_cells(1.0, 0, 0)
    warp = Warp(position_px=cells[None], confidence=np.ones((1, HEIGHT, WIDTH)))
    whole = np.ones((1, HEIGHT, WIDTH), np.float32)
    cut = place(np.ascontiguousarray(rgb[10:, 7:]), (7.0, 10.0))
    found = enlarged_blend(warp, whole, [cut], WIDTH, HEIGHT, 1.0)
    np.testing.assert_allclose(found.rgb[12:, 9:], rgb[12:, 9:], atol=1.01)
    assert found.alpha[:9].max() == 0


def test_two_references_are_mixed_by_their_weights() -> None:
    cells = shifted_cells(2.0, 0, 0)
    dark, light = (np.full((HEIGHT, WIDTH, 3), grey, np.uint8) for grey in (40, 200))
    weights = np.zeros((2, *cells.shape[:2]), np.float32)
    weights[0, :, :10], weights[1, :, 10:] = 1, 1
    weights[0, :, 20:], weights[1, :, 20:] = 0.25, 0.75
    warp = Warp(position_px=np.stack([cells, cells]), confidence=weights)
    found = enlarged_blend(warp, weights, [place(dark), place(light)], WIDTH, HEIGHT, 2.0)
    np.testing.assert_allclose(found.rgb[:, :18], 40, atol=0.5)
    np.testing.assert_allclose(found.rgb[:, 24:38], 200, atol=0.5)
    np.testing.assert_allclose(found.rgb[:, 44:], 0.25 * 40 + 0.75 * 200, atol=0.5)


def test_no_pixel_lies_between_two_surfaces() -> None:
    """Where neighbouring cells lie far apart in the reference, each pixel follows one of them."""
    cells = shifted_cells(3.0, 0, 0)
    cells[:, 10:, 0] += 100
    found = enlarged_position(cells, (slice(0, HEIGHT), slice(0, WIDTH)), 3.0)
    shift = found[..., 0] - (np.arange(WIDTH) + 0.5)
    assert np.minimum(np.abs(shift), np.abs(shift - 100)).max() < 1.6
