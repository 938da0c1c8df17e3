"""References are sampled at the frame's own pixels, wherever the warp was computed on a coarser grid."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.atlas import Place, evenly_lit, pack
from motion_transfer.references.enlarging import Enlargement, enlarged_blend, enlarged_mask, strongest
from motion_transfer.references.frames import ReferenceFrames, ReferencePicture, References
from motion_transfer.references.sampling import Blend
from motion_transfer.references.warping import Warp

HEIGHT, WIDTH = 90, 60


def place(rgb: np.ndarray, corner: tuple[float, float] = (0.0, 0.0)) -> Place:
    picture = ReferencePicture(
        foreground=rgb, matte=np.full(rgb.shape[:2], 255, np.uint8), trusted=np.ones(rgb.shape[:2], bool)
    )
    return Place(picture=picture, corner_px=np.array(corner, np.float32))


def warp_of(cells: np.ndarray, count: int = 1) -> Warp:
    """The same flow to each of some references."""
    rows, columns = cells.shape[:2]
    position = np.broadcast_to(cells.reshape(1, -1, 2), (count, rows * columns, 2)).copy()
    return Warp(
        size=ImageSize(height=rows, width=columns),
        pixels=np.arange(rows * columns),
        position_px=position,
        confidence=np.ones((count, rows * columns), np.float32),
        part=np.zeros(rows * columns, np.int64),
    )


def blended(cells: np.ndarray, weights: np.ndarray, places: list[Place], px_per_cell: float) -> Blend:
    atlas = pack(places)
    mixed = strongest(weights.reshape(len(places), -1).astype(np.float32))
    area = (slice(0, HEIGHT), slice(0, WIDTH))
    return enlarged_blend(
        warp_of(cells, len(places)),
        mixed,
        atlas,
        Enlargement(area=area, px_per_cell=px_per_cell),
        np.zeros((HEIGHT, WIDTH), np.int64),
    )


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
    found = blended(cells, np.ones(cells.shape[:2]), [place(rgb)], px_per_cell)
    np.testing.assert_allclose(found.rgb[4:-8, 4:-12], rgb[6:-6, 9:-7], atol=1.01)
    np.testing.assert_allclose(found.share, 1, atol=1e-5)


def test_the_corner_of_a_picture_counts() -> None:
    rgb, cells = smooth_picture(1), shifted_cells(1.0, 0, 0)
    cut = place(np.ascontiguousarray(rgb[10:, 7:]), (7.0, 10.0))
    found = blended(cells, np.ones((HEIGHT, WIDTH)), [cut], 1.0)
    np.testing.assert_allclose(found.rgb[12:, 9:], rgb[12:, 9:], atol=1.01)
    assert found.alpha[:9].max() == 0


def test_two_references_are_mixed_by_their_weights() -> None:
    cells = shifted_cells(2.0, 0, 0)
    dark, light = (np.full((HEIGHT, WIDTH, 3), grey, np.uint8) for grey in (40, 200))
    weights = np.zeros((2, *cells.shape[:2]), np.float32)
    weights[0, :, :10], weights[1, :, 10:] = 1, 1
    weights[0, :, 20:], weights[1, :, 20:] = 0.25, 0.75
    found = blended(cells, weights, [place(dark), place(light)], 2.0)
    np.testing.assert_allclose(found.rgb[:, :18], 40, atol=0.5)
    np.testing.assert_allclose(found.rgb[:, 24:38], 200, atol=0.5)
    np.testing.assert_allclose(found.rgb[:, 44:], 0.25 * 40 + 0.75 * 200, atol=0.5)


def test_no_pixel_comes_from_between_two_surfaces() -> None:
    """Where neighbouring cells lie far apart in the reference, pixels mix what both show."""
    cells, rgb = shifted_cells(3.0, 0, 0), np.full((HEIGHT, 240, 3), 255, np.uint8)
    rgb[:, :40], rgb[:, 120:] = 40, 80
    cells[:, 10:, 0] += 100
    found = blended(cells, np.ones(cells.shape[:2]), [place(rgb)], 3.0)
    assert found.rgb.max() < 81
    across = found.rgb[HEIGHT // 2, :, 0]
    assert (np.diff(across) > -1).all()
    assert np.unique(across[27:33].round()).size > 3  # antialiased
    np.testing.assert_allclose(found.share, 1, atol=1e-4)


def test_only_the_references_of_greatest_weight_are_mixed() -> None:
    cells = shifted_cells(2.0, 0, 0)
    greys = [place(np.full((HEIGHT, WIDTH, 3), grey, np.uint8)) for grey in (40, 250, 120, 200, 0, 80)]
    each = np.array([0.3, 0.05, 0.25, 0.2, 0.05, 0.15])
    found = blended(cells, np.broadcast_to(each[:, None, None], (6, *cells.shape[:2])), greys, 2.0)
    np.testing.assert_allclose(found.rgb, (30 * 40 + 25 * 120 + 20 * 200 + 15 * 80) / 90, atol=0.5)
    np.testing.assert_allclose(found.share, 1, atol=1e-5)


def test_a_part_of_the_frame_is_that_part_of_the_whole() -> None:
    cells, rgb = shifted_cells(1.5, 3, 1), smooth_picture(2)
    atlas = pack([place(rgb)])
    flow, weights = warp_of(cells), np.ones((1, cells.shape[0] * cells.shape[1]), np.float32)
    whole, part = (
        enlarged_blend(
            flow, weights, atlas, Enlargement(area=area, px_per_cell=1.5), np.zeros((HEIGHT, WIDTH), np.int64)
        )
        for area in ((slice(0, HEIGHT), slice(0, WIDTH)), (slice(20, 70), slice(11, 40)))
    )
    np.testing.assert_allclose(part.rgb, whole.rgb[20:70, 11:40], atol=1.01)
    np.testing.assert_allclose(part.alpha, whole.alpha[20:70, 11:40], atol=0.01)


def test_pictures_in_several_rows_of_the_atlas_keep_their_places() -> None:
    wide = [np.random.default_rng(seed).integers(0, 255, (20, 9000, 3), dtype=np.uint8) for seed in range(3)]
    atlas = pack([place(rgb, corner=(5.0, 7.0)) for rgb in wide])
    for rgb, (x, y) in zip(wide, atlas.origin_px.astype(int), strict=True):
        np.testing.assert_array_equal(atlas.foreground[7 + y : 27 + y, 5 + x : 9005 + x], rgb)
    assert atlas.foreground.shape[1] < 2**15


def test_references_are_brought_to_one_exposure() -> None:
    picture = place(np.full((4, 4, 3), 100, np.uint8)).picture
    frames = ReferenceFrames(
        numbers=torch.tensor([0, 1]),
        pose=BodyPose(parent_from_joint=torch.eye(3).expand(2, 24, 3, 3), root_position_m=torch.zeros(2, 3)),
        top_left_px=torch.tensor([[0, 0], [3, 5]]),
        sharpness=torch.ones(2),
        gain=torch.tensor([[1.0, 1.0, 1.0], [1.2, 0.9, 3.0]]),
    )
    same, lit = evenly_lit(References(frames=frames, read=lambda _: picture))
    np.testing.assert_array_equal(same.picture.foreground, picture.foreground)
    assert lit.picture.foreground[2, 2].tolist() == [120, 90, 255]
    assert lit.corner_px.tolist() == [3, 5]


def test_the_border_between_two_parts_runs_straight_between_the_steps_of_the_cells() -> None:
    """A white limb before a black trunk, its edge inclined: how much white each row has follows the true edge."""
    px_per_cell = 3.0
    rows, columns = round(HEIGHT / px_per_cell), round(WIDTH / px_per_cell)
    down, across = np.mgrid[:rows, :columns] + 0.5
    white = across < 6 + down / 5
    halves = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    halves[:, : WIDTH // 2] = 255
    cells = np.where(white[..., None], (10.0, 10.0), (WIDTH - 10.0, HEIGHT - 10.0)).astype(np.float32)
    found = warp_of(cells)
    area = Enlargement(area=(slice(0, HEIGHT), slice(0, WIDTH)), px_per_cell=px_per_cell)
    weights, atlas = np.ones((1, rows * columns), np.float32), pack([place(halves)])

    def off_px(parts: np.ndarray, shown: np.ndarray) -> np.ndarray:
        """How far the edge lies from where it should, in each row."""
        blend = enlarged_blend(replace(found, part=parts.astype(np.int64).ravel()), weights, atlas, area, shown)
        assert abs(blend.share - 1).max() < 1e-4
        inside = slice(9, HEIGHT - 9)
        edge_px = blend.rgb[inside, :, 0].sum(1) / 255
        return np.abs(edge_px - px_per_cell * (6 + (np.arange(HEIGHT)[inside] + 0.5) / px_per_cell / 5))

    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    shown = (x / px_per_cell < 6 + y / px_per_cell / 5).astype(np.int64)
    stepped = off_px(np.zeros_like(white), np.zeros_like(shown))
    smooth = off_px(white, shown)
    assert smooth.mean() < 0.4 * stepped.mean()
    assert smooth.max() < 0.6 * stepped.max()


def test_the_border_of_a_mask_runs_straight_between_the_steps_of_the_cells() -> None:
    px_per_cell, size = 3.0, 40
    down, across = np.mgrid[:size, :size] + 0.5
    to = Enlargement(area=(slice(30, 90), slice(0, 120)), px_per_cell=px_per_cell)
    found = enlarged_mask(across < 12 + down / 4, to)
    truth_px = 3 * 12 + (np.arange(30, 90) + 0.5) / 4
    assert abs(found.sum(1) - truth_px).max() < 0.4
    assert ((found > 0.02) & (found < 0.98)).sum(1).max() <= 6  # and it is no wider than two cells
