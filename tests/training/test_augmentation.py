"""One draw transforms frame, mask and maps alike."""

import pytest
import torch

from motion_transfer.training.augmentation import (
    GeometricAugmentation,
    GeometricTransform,
    PhotometricAugmentation,
    mirror_channels,
)

HEIGHT, WIDTH = 40, 60
ALL = GeometricAugmentation(mirror_probability=0.5, turn_deg=20, zoom=1.2, shift=0.2)


def blobs(points_px: torch.Tensor) -> torch.Tensor:
    """A map per point with a soft blob there."""
    y, x = torch.meshgrid(torch.arange(HEIGHT) + 0.5, torch.arange(WIDTH) + 0.5, indexing="ij")
    squares = (x - points_px[..., 0, None, None]) ** 2 + (y - points_px[..., 1, None, None]) ** 2
    return (-squares / (2 * 2.0**2)).exp()


def centres(maps: torch.Tensor) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(HEIGHT) + 0.5, torch.arange(WIDTH) + 0.5, indexing="ij")
    return torch.stack([(maps * x).sum((-2, -1)), (maps * y).sum((-2, -1))], -1) / maps.sum((-2, -1))[..., None]


def test_images_move_by_the_matrix() -> None:
    points = torch.tensor([[25.0, 18.0], [36.0, 22.0], [30.0, 26.0]]).expand(16, 3, 2)
    transform = ALL.draw(16, torch.Generator().manual_seed(0))
    assert 0 < transform.mirrored.sum() < 16
    middle = torch.tensor([WIDTH / 2, HEIGHT / 2])
    centred = (points - middle) / (HEIGHT / 2)
    mirrored = centred[:, [1, 0, 2]] * torch.tensor([-1.0, 1.0])  # the first two are each other's left and right
    centred = torch.where(transform.mirrored[:, None, None], mirrored, centred)
    moved = (centred @ transform.matrix[:, :, :2].mT + transform.matrix[:, None, :, 2]) * (HEIGHT / 2) + middle
    maps = transform.warp(blobs(points), mode="bilinear", fill="zeros", swapped=[(0, 1)])
    torch.testing.assert_close(centres(maps), moved, rtol=0, atol=0.1)


def test_a_mirroring_alone_swaps_left_and_right_exactly() -> None:
    images = torch.rand(2, 4, HEIGHT, WIDTH)
    identity = torch.eye(2, 3).expand(2, 2, 3)
    transform = GeometricTransform(matrix=identity, mirrored=torch.tensor([True, False]))
    moved = transform.warp(images, mode="bilinear", fill="zeros", swapped=[(1, 2)], negated=[3])
    expected = images[0].flip(-1)[[0, 2, 1, 3]] * torch.tensor([1.0, 1, 1, -1])[:, None, None]
    torch.testing.assert_close(moved[0], expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(moved[1], images[1], rtol=0, atol=1e-5)


def test_a_mask_stays_zero_and_one_and_keeps_to_its_frame() -> None:
    torch.manual_seed(0)
    frame = torch.nn.functional.interpolate(torch.rand(8, 1, 5, 7), (HEIGHT, WIDTH), mode="bilinear")
    mask = (frame > 0.5).float()
    transform = ALL.draw(8, torch.Generator().manual_seed(1))
    moved_mask = transform.warp(mask, mode="nearest", fill="border")
    moved_frame = transform.warp(frame, mode="bilinear", fill="border")
    assert set(moved_mask.unique().tolist()) == {0.0, 1.0}
    clear = (moved_frame - 0.5).abs() > 0.12  # what a frame changes by over the rounding of a nearest pixel
    assert torch.equal(moved_mask[clear] > 0.5, moved_frame[clear] > 0.5)


def test_a_lower_resolution_moves_alike() -> None:
    transform = ALL.draw(4, torch.Generator().manual_seed(2))
    torch.manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.rand(4, 1, 3, 4), (HEIGHT, WIDTH), mode="bicubic")
    half = torch.nn.functional.avg_pool2d(transform.warp(smooth, mode="bilinear", fill="border"), 2)
    moved_half = transform.warp(torch.nn.functional.avg_pool2d(smooth, 2), mode="bilinear", fill="border")
    assert (half - moved_half)[..., 2:-2, 2:-2].abs().max() < 0.05


def test_pixels_from_beyond_the_border_are_masked() -> None:
    transform = ALL.draw(8, torch.Generator().manual_seed(3))
    ones = transform.warp(torch.ones(8, 1, HEIGHT, WIDTH), mode="nearest", fill="zeros") > 0
    inside = transform.inside(HEIGHT, WIDTH)
    assert not inside.all()
    assert (ones == inside).float().mean() > 0.999


def test_the_same_seed_draws_the_same() -> None:
    first, second = (ALL.draw(4, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first.matrix, second.matrix)
    assert torch.equal(first.mirrored, second.mirrored)


def test_no_strength_changes_nothing() -> None:
    images = torch.rand(3, 3, HEIGHT, WIDTH)
    generator = torch.Generator().manual_seed(0)
    still = GeometricAugmentation(mirror_probability=0, turn_deg=0, zoom=1, shift=0).draw(3, generator)
    torch.testing.assert_close(still.warp(images, mode="bilinear", fill="zeros"), images, rtol=0, atol=1e-5)
    plain = PhotometricAugmentation(colour=1, noise=0, erase_probability=0, erase_size=0.5)
    torch.testing.assert_close(plain.draw(3, generator).apply(images), images)
    assert torch.equal(plain.add_noise(images, generator), images)
    assert not plain.erasing_mask(3, HEIGHT, WIDTH, generator).any()


def test_colours_change_by_their_factors_within_their_range() -> None:
    generator = torch.Generator().manual_seed(0)
    draw = PhotometricAugmentation(colour=1.5, noise=0, erase_probability=0, erase_size=0).draw(1000, generator)
    for factor in (draw.brightness, draw.contrast, draw.saturation):
        assert factor.min() >= 1 / 1.5
        assert factor.max() <= 1.5
        assert factor.log().mean().abs() < 0.03
    grey = torch.full((1000, 3, 1, 1), 0.4)
    expected = 0.5 + (0.4 * draw.brightness - 0.5) * draw.contrast
    torch.testing.assert_close(draw.apply(grey)[:, 1, 0, 0], expected.clamp(0, 1))


def test_noise_and_erasing_have_the_chosen_size() -> None:
    strong = PhotometricAugmentation(colour=1, noise=0.1, erase_probability=0.5, erase_size=0.5)
    generator = torch.Generator().manual_seed(0)
    assert strong.add_noise(torch.zeros(1, 1, 300, 300), generator).std().item() == pytest.approx(0.1, rel=0.02)
    erased = strong.erasing_mask(2000, 20, 20, generator)
    assert erased.any((-3, -2, -1)).float().mean().item() == pytest.approx(0.5, abs=0.06)
    assert erased.float().mean((-3, -2, -1)).max() <= 0.25 + 1e-6
    assert erased.float().mean().item() == pytest.approx(0.5 * 0.25**2, rel=0.15)


def test_wrong_settings_say_what_was_expected() -> None:
    good = {"mirror_probability": 0.5, "turn_deg": 1, "zoom": 1.1, "shift": 0.1}
    for name, wrong in {"mirror_probability": 2, "turn_deg": -1, "zoom": 0.5, "shift": -1}.items():
        with pytest.raises(ValueError, match=r"expected .*, got .*; "):
            GeometricAugmentation(**{**good, name: wrong})
    colours = {"colour": 1.1, "noise": 0.1, "erase_probability": 0.1, "erase_size": 0.1}
    for name, wrong in {"colour": 0.5, "noise": -1, "erase_probability": 2, "erase_size": 2}.items():
        with pytest.raises(ValueError, match=r"expected .*, got .*; "):
            PhotometricAugmentation(**{**colours, name: wrong})
    with pytest.raises(ValueError, match="expected pairs of different channels below 2"):
        mirror_channels(torch.zeros(1, 2, 1, 1), swapped=[(0, 2)], negated=[])
    with pytest.raises(ValueError, match="expected a batch of 2, got 3"):
        ALL.draw(2, torch.Generator()).warp(torch.zeros(3, 1, 4, 4), mode="nearest", fill="zeros")
