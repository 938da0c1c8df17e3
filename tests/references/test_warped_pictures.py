"""What the network sees of a reference: its colours, its alpha and how much it is believed, pixel by pixel."""

import cv2
import numpy as np
import pytest

from motion_transfer.domain.video import ImageSize
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.warped_pictures import WarpedPictures, warped_pictures
from motion_transfer.references.warping import Warp

HEIGHT, WIDTH = 40, 24
NEAR = np.zeros((HEIGHT, WIDTH), bool)
NEAR[8:32, 6:18] = True


def picture() -> ReferencePicture:
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    rgb = cv2.GaussianBlur(noise, (0, 0), 2)
    return ReferencePicture(
        foreground=rgb, matte=np.full(rgb.shape[:2], 204, np.uint8), trusted=np.ones(rgb.shape[:2], bool)
    )


def seen(cells: int, affine: np.ndarray, scale: float = 1.0) -> WarpedPictures:
    """Every near pixel of the window in the reference's frame, at the centre of its last cell."""
    near = NEAR.repeat(cells, 0).repeat(cells, 1)
    down, across = np.nonzero(near)
    position_px = (np.stack([across, down], -1) + 0.5) / cells * scale
    warp = Warp(
        size=ImageSize(height=HEIGHT * cells, width=WIDTH * cells),
        pixels=np.flatnonzero(near),
        position_px=position_px[None].astype(np.float32),
        confidence=np.linspace(0, 1, len(down), dtype=np.float32)[None],
        part=np.zeros(len(down), np.int64),
    )
    return warped_pictures(warp, [picture()], [affine], cells)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_place_of_the_frame_shows_the_pixel_of_the_picture_that_lies_there(scale: float) -> None:
    found = seen(1, np.array([[1 / scale, 0, 2.0], [0, 1 / scale, 3.0]]), scale)
    expected = np.roll(picture().foreground, (-3, -2), (0, 1)).astype(np.float32) / 127.5 - 1
    np.testing.assert_allclose(found.rgb[0].transpose(1, 2, 0)[NEAR], expected[NEAR], atol=0.01)
    np.testing.assert_allclose(found.alpha[0][NEAR], 0.8, atol=1e-5)


def test_nothing_is_shown_where_the_body_is_not_near_nor_beyond_the_picture() -> None:
    found = seen(1, np.array([[1.0, 0, WIDTH - 12.0], [0, 1, 0]]))
    assert (found.rgb[0][:, ~NEAR] == -1).all()
    assert found.alpha[0][~NEAR].max() == found.confidence[0][~NEAR].max() == 0
    assert found.alpha[0, 8:32, 13:18].max() == 0
    np.testing.assert_allclose(found.alpha[0, 8:32, 6:11], 0.8, atol=1e-5)


def test_a_pixel_of_several_cells_shows_its_last_one_and_believes_their_mean() -> None:
    # The last of 2 x 2 cells lies a quarter of a pixel beyond the centre of theirs.
    shifted = np.array([[1.0, 0, -0.25], [0, 1, -0.25]])
    fine, coarse = seen(2, shifted), seen(1, np.array([[1.0, 0, 0], [0, 1, 0]]))
    np.testing.assert_allclose(fine.rgb, coarse.rgb, atol=1e-4)
    cells = np.zeros((2 * HEIGHT, 2 * WIDTH), np.float32)
    near = NEAR.repeat(2, 0).repeat(2, 1)
    cells[near] = np.linspace(0, 1, near.sum())
    np.testing.assert_allclose(
        fine.confidence[0], cv2.resize(cells, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), atol=1e-5
    )
