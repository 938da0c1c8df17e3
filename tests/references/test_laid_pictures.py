"""A layer covers what is painted where nothing lies before it, and its middle can be moved within it."""

from dataclasses import replace

import numpy as np
import torch

from motion_transfer.body.skeleton import PARTS
from motion_transfer.references.enlarging import Enlargement, enlarged_mask
from motion_transfer.references.layers import Layer, before_layer, lay
from motion_transfer.rendering.rasterizer import Fragments

SIDE = 41
AREA = (slice(0, SIDE), slice(0, SIDE))


def layer(shift_px: tuple[float, float] = (0.0, 0.0)) -> Layer:
    """A ramp of colours from left to right and from top to bottom, where it was filmed."""
    across = np.arange(SIDE, dtype=np.uint8)
    ramp = np.stack([np.tile(across, (SIDE, 1)), np.tile(across[:, None], (1, SIDE)), np.zeros((SIDE, SIDE))], -1)
    return Layer(
        foreground=ramp.astype(np.uint8),
        matte=np.ones((SIDE, SIDE), np.float32),
        anchor_px=np.full(2, SIDE / 2, np.float32),
        place_px=np.full(2, SIDE / 2, np.float32),
        picture_from_window=np.eye(2, dtype=np.float32),
        shift_px=np.array(shift_px, np.float32),
        radius_px=10.0,
        depth_m=3.0,
        front_depth_m=2.9,
    )


def laid(one: Layer) -> np.ndarray:
    rgb, alpha = np.zeros((SIDE, SIDE, 3), np.float32), np.zeros((SIDE, SIDE), np.float32)
    lay(one, np.ones((SIDE, SIDE), np.float32), AREA, rgb, alpha)
    return rgb


def test_the_middle_is_moved_and_what_is_beyond_the_radius_stays() -> None:
    still, moved = laid(layer()), laid(layer((3.0, -2.0)))
    middle = SIDE // 2
    np.testing.assert_allclose(moved[middle, middle] - still[middle, middle], [3, -2, 0], atol=0.6)
    y, x = np.mgrid[:SIDE, :SIDE] - middle
    np.testing.assert_allclose(moved[np.hypot(x, y) > 10], still[np.hypot(x, y) > 10], atol=0.01)


def test_a_pattern_that_is_made_too_small_to_show_becomes_its_mean() -> None:
    y, x = np.mgrid[:SIDE, :SIDE]
    board = np.repeat((255 * ((x + y) % 2))[..., None], 3, -1).astype(np.uint8)
    full, third = (
        replace(layer(), foreground=board, picture_from_window=np.eye(2, dtype=np.float32) * k) for k in (1, 3)
    )
    inside = slice(SIDE // 2 - 4, SIDE // 2 + 5)
    assert np.ptp(laid(full)[inside, inside]) > 200
    assert np.ptp(laid(third)[inside, inside]) < 20


def test_its_box_is_all_that_it_covers() -> None:
    turned = replace(layer(), picture_from_window=np.array([[0, 2], [-2, 0]], np.float32))
    first, last = turned.box_px()
    np.testing.assert_allclose(first, SIDE / 4, atol=1e-5)
    np.testing.assert_allclose(last, 3 * SIDE / 4, atol=1e-5)


def test_only_what_it_covers_is_painted_and_as_if_all_were() -> None:
    turned = replace(layer((2.0, 1.0)), picture_from_window=np.array([[0, 2], [-2, 0]], np.float32))
    assert turned.within((slice(30, SIDE), slice(0, 9))) is None
    rows, columns = turned.within(AREA) or (slice(0), slice(0))
    assert (rows.start, rows.stop, columns.start, columns.stop) == (10, 32, 10, 32)
    rgb, alpha = np.zeros((SIDE, SIDE, 3), np.float32), np.zeros((SIDE, SIDE), np.float32)
    lay(turned, np.ones((22, 22), np.float32), (rows, columns), rgb[rows, columns], alpha[rows, columns])
    np.testing.assert_allclose(rgb, laid(turned), atol=1e-3)


def test_a_part_of_a_mask_is_enlarged_as_in_the_whole() -> None:
    mask = np.random.default_rng(0).random((60, 50)) > 0.4
    whole = Enlargement(area=(slice(45, 195), slice(30, 150)), px_per_cell=2.5, corner=(18, 12))
    area = (slice(90, 120), slice(70, 101))
    cells, part = whole.within(area, mask.shape)
    assert mask[cells].size < 0.5 * mask.size
    expected = enlarged_mask(mask, whole)[45:75, 40:71]
    np.testing.assert_allclose(enlarged_mask(mask[cells], part), expected, atol=1e-4)


def test_an_arm_before_its_middle_hides_it_and_the_trunk_only_before_its_front() -> None:
    forearm, torso = PARTS.index("left_forearm"), PARTS.index("torso")
    depth_m = torch.tensor([[[2.95, 3.05, 2.95, 2.85, 0.0]]])
    face = torch.tensor([[[0, 0, 1, 1, -1]]])
    fragments = Fragments(face=face, barycentric=torch.ones(1, 1, 5, 3) / 3, depth_m=depth_m)
    part_of_face = torch.tensor([forearm, torso])
    before = before_layer(layer(), fragments, part_of_face, (slice(0, 1), slice(0, 5)))
    assert before.tolist() == [[False, True, True, False, True]]
