"""The person is pasted exactly where the window says, and the rest of the plate stays as it is."""

import numpy as np
import pytest
import torch

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import CropTrack, crop
from motion_transfer.synthesis.compositor import FADE_PX, AlphaBounds, Compositor, constrain_alpha, dilate_colours

SIZE = ImageSize(height=90, width=120)
WINDOW = ImageSize(height=32, width=32)
NOWHERE = torch.tensor([[0.0, 5.0, 0.0], [0.0, 5.0, 0.0]])  # feet far above the ground cast no shadow


def plate() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (SIZE.height, SIZE.width, 3), np.uint8)


def camera() -> Camera:
    """One metre above the ground, looking level at it from 3 m."""
    view = torch.tensor([[1.0, 0, 0, 0], [0, -1, 0, 1], [0, 0, -1, 3], [0, 0, 0, 1]])
    intrinsics = torch.tensor([[60.0, 0, 60], [0, 60, 45], [0, 0, 1]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=view, size=SIZE)


def window(left: float, top: float, px_per_pixel: float = 1.0) -> CropTrack:
    return CropTrack(top_left_px=torch.tensor([[float(left), float(top)]]), px_per_pixel=px_per_pixel, size=WINDOW)


def gradient() -> np.ndarray:
    """A different colour in every pixel of the window."""
    y, x = np.mgrid[:32, :32].astype(np.float32)
    return np.dstack([8 * x, 8 * y, 255 - 8 * x])


def paste(alpha: np.ndarray, at: CropTrack, shadow: float = 0.0, feet_m: torch.Tensor = NOWHERE) -> np.ndarray:
    return Compositor(plate(), camera(), shadow)(gradient(), alpha.astype(np.float32), at, 0, feet_m)


def test_an_opaque_person_stands_pixel_by_pixel_where_the_window_says() -> None:
    result, inner = paste(np.ones((32, 32)), window(40, 25)), slice(FADE_PX, -FADE_PX)
    area = result[25:57, 40:72]
    assert np.array_equal(area[inner, inner], gradient()[inner, inner].astype(np.uint8))
    rest = result.copy()
    rest[25:57, 40:72] = plate()[25:57, 40:72]
    assert np.array_equal(rest, plate())


def test_where_alpha_is_nothing_the_plate_stays_to_the_last_bit() -> None:
    assert np.array_equal(paste(np.zeros((32, 32)), window(40, 26)), plate())


def test_half_transparent_is_the_mean_of_both() -> None:
    result = paste(np.full((32, 32), 0.5), window(40, 25))[25:57, 40:72][8:24, 8:24]
    mean = (gradient()[8:24, 8:24] + plate()[25:57, 40:72][8:24, 8:24]) / 2
    assert np.abs(result - mean).max() <= 1


@pytest.mark.parametrize("px_per_pixel", [0.7, 1.0, 1.9])
def test_the_same_window_cuts_out_what_was_pasted_at_any_scale(px_per_pixel: float) -> None:
    """A soft blob comes back with its middle at the same place of the window."""
    y, x = np.mgrid[:32, :32] + 0.5
    blob = np.exp(-((x - 14) ** 2 + (y - 18) ** 2) / 18)
    at = window(20, 12, px_per_pixel)
    white = Compositor(np.zeros((SIZE.height, SIZE.width, 3), np.uint8), camera(), 0.0)
    result = white(np.full((32, 32, 3), 255, np.float32), blob.astype(np.float32), at, 0, NOWHERE)
    back = crop(result, at.window_from_frame(0), WINDOW)[..., 0].astype(float)
    assert (back * x).sum() / back.sum() == pytest.approx(14, abs=0.1)
    assert (back * y).sum() / back.sum() == pytest.approx(18, abs=0.1)


def test_a_window_between_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="whole pixels"):
        paste(np.ones((32, 32)), window(20.4, 12))
    path = window(20.4, 11.7).on_whole_pixels()
    assert path.top_left_px.tolist() == [[20.0, 12.0]]


@pytest.mark.parametrize(("left", "top"), [(-10.0, -6.0), (105.0, 70.0)])
def test_a_window_that_reaches_outside_is_cut_at_the_frames_edge(left: float, top: float) -> None:
    result = paste(np.ones((32, 32)), window(left, top))
    x, y = max(int(left) + 10, 0), max(int(top) + 10, 0)
    assert np.array_equal(result[y, x], gradient()[y - int(top), x - int(left)].astype(np.uint8))


@pytest.mark.parametrize(("left", "top"), [(-40.0, 0.0), (0.0, 95.0), (300.0, 300.0)])
def test_a_window_beside_the_frame_leaves_the_plate(left: float, top: float) -> None:
    assert np.array_equal(paste(np.ones((32, 32)), window(left, top)), plate())


def test_planted_feet_darken_the_ground_under_them_and_lifted_ones_do_not() -> None:
    away = window(300, 300)
    depth_m = 60 / 20.5
    planted = torch.tensor([[10.5 * depth_m / 60, 0.0, 3 - depth_m], [-0.5, 5.0, 0.0]])  # seen at (70.5, 65.5)
    result = paste(np.ones((32, 32)), away, shadow=0.35, feet_m=planted)
    light = result[65, 70].astype(float) / plate()[65, 70].clip(1)
    assert light == pytest.approx(np.full(3, 0.65), abs=0.03)
    assert (result <= plate()).all()
    other = camera().project(planted[1:] * torch.tensor([1.0, 0.0, 1.0]))[0][0]
    assert np.array_equal(result[int(other[1]), int(other[0])], plate()[int(other[1]), int(other[0])])
    assert np.array_equal(result[:20], plate()[:20])


def test_well_inside_the_body_alpha_has_a_floor_and_its_outline_is_free() -> None:
    covered = torch.zeros(1, 32, 32, dtype=torch.bool)
    covered[:, 8:24, 8:24] = True
    wide = AlphaBounds(floor=0.97, reach_px=40.0)
    alpha = constrain_alpha(torch.full((1, 1, 32, 32), 0.5), covered, wide)
    assert (alpha[..., 11:21, 11:21] == 0.97).all()
    assert torch.allclose(alpha[..., :11, :], torch.tensor(0.5))
    assert constrain_alpha(torch.ones(1, 1, 32, 32), covered, wide).min() == 1


def test_far_from_the_body_nothing_is_painted_and_haze_is_background() -> None:
    covered = torch.zeros(1, 32, 32, dtype=torch.bool)
    covered[:, 8:24, 8:24] = True
    near = constrain_alpha(torch.ones(1, 1, 32, 32), covered, AlphaBounds(floor=0.97, reach_px=3.0))[0, 0]
    assert (near[8:24, 5:27] == 1).all()
    assert near[16, 3] == pytest.approx(2 - 5 / 3, abs=0.05)
    assert (near[:, :2] == 0).all()
    assert constrain_alpha(torch.full((1, 1, 32, 32), 0.05), ~covered, AlphaBounds(floor=0.0, reach_px=9.0)).max() == 0


def test_beside_the_body_a_network_that_is_not_trusted_gives_way_to_the_bodys_colours() -> None:
    covered = torch.zeros(1, 12, 16, dtype=torch.bool)
    covered[:, :, 4:12] = True
    rgb = torch.ones(1, 3, 12, 16)  # a white ghost around the body, and a seam along its edge
    rgb[..., 5:8], rgb[..., 8:11] = -0.5, 0.25
    for trust in (0.0, 0.4, 1.0):
        kept = dilate_colours(rgb, covered, torch.tensor([trust]))
        assert torch.equal(kept[..., 4:12], rgb[..., 4:12]), "the body itself stays as it was painted"
        assert torch.allclose(kept[..., :4], torch.tensor(trust - 0.5 * (1 - trust)))
        assert torch.allclose(kept[..., 12:], torch.tensor(trust + 0.25 * (1 - trust)))


def test_where_there_is_no_body_no_colours_are_spread() -> None:
    rgb = torch.rand(1, 3, 8, 8)
    assert torch.allclose(dilate_colours(rgb, torch.zeros(1, 8, 8, dtype=torch.bool), torch.tensor([0.4])), rgb)
