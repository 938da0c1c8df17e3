import numpy as np
import pytest

from motion_transfer.domain.video import ImageSize
from motion_transfer.landmarks.resizing import downscaled, size_within


@pytest.mark.parametrize(
    ("size", "longest_px", "expected"),
    [
        (ImageSize(height=720, width=1280), 960, (540, 960)),
        (ImageSize(height=1920, width=1080), 960, (960, 540)),
        (ImageSize(height=64, width=64), 960, (64, 64)),
        (ImageSize(height=2, width=4000), 960, (1, 960)),
    ],
)
def test_a_size_within_bounds_keeps_its_shape(size: ImageSize, longest_px: int, expected: tuple[int, int]) -> None:
    found = size_within(size, longest_px)
    assert (found.height, found.width) == expected


def test_a_small_picture_has_the_means_of_its_areas() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (72, 128, 3)).astype(np.float32)
    small = downscaled(picture, ImageSize(height=9, width=16))
    assert np.abs(small - picture.reshape(9, 8, 16, 8, 3).mean((1, 3))).max() < 1e-3


@pytest.mark.parametrize("longest_px", [40, 63, 90])
def test_a_ramp_stays_a_ramp_at_any_size(longest_px: int) -> None:
    size = ImageSize(height=61, width=121)
    ramp = np.broadcast_to(np.linspace(0, 1, size.width, dtype=np.float32), (size.height, size.width))
    small = downscaled(ramp, size_within(size, longest_px))
    centres = (np.arange(small.shape[1]) + 0.5) / small.shape[1]
    assert np.abs(small - centres)[:, 1:-1].max() < 0.01


def test_fine_stripes_turn_grey() -> None:
    stripes = np.tile(np.array([[0, 255]], np.uint8), (640, 320))
    small = downscaled(stripes, ImageSize(height=200, width=200))
    assert np.abs(small.astype(int) - 128).max() <= 1


def test_a_picture_of_the_size_is_left_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    assert np.array_equal(downscaled(picture, ImageSize(height=30, width=40)), picture)
