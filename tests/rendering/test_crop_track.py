import numpy as np
import torch

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, crop, near, track_crop

FRAME = ImageSize(height=300, width=400)


def walk(frames: int = 40) -> torch.Tensor:
    """A box 60 x 160 px that walks to the right, bobs up and down, and stretches its arms half way."""
    time = torch.arange(frames).float()
    x, y = 80 + 5 * time, 150 + 6 * torch.sin(time / 2)
    wide = 30 + 25 * (time > 20)
    return torch.stack([x - wide, y - 80, x + wide, y + 80], -1)


def blob(at_px: tuple[float, float]) -> np.ndarray:
    y, x = np.mgrid[: FRAME.height, : FRAME.width] + 0.5
    bump = np.exp(-((x - at_px[0]) ** 2 + (y - at_px[1]) ** 2) / (2 * 9.0**2))
    return (bump * 255).round().astype(np.uint8)


def centre_px(picture: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    weight = picture.astype(float)
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


def to_window(track: CropTrack, xy_px: torch.Tensor) -> torch.Tensor:
    """Full-frame pixels as pixels of each frame's window."""
    return (xy_px - track.top_left_px[:, None]) / track.px_per_pixel


def test_a_point_of_the_frame_lands_in_the_crop_where_the_track_puts_it() -> None:
    for scale in (0.5, 1.0, 1.9):
        size = ImageSize(height=round(240 / scale), width=round(288 / scale))
        path = CropTrack(top_left_px=torch.tensor([[33.3, 20.7]]), px_per_pixel=scale, size=size)
        point = torch.tensor([[[170.0, 140.0]]])
        found = centre_px(crop(blob((170.0, 140.0)), path.window_from_frame(0), size))
        assert np.abs(found - to_window(path, point)[0, 0].numpy()).max() < 0.05


def test_a_crop_is_marked_where_there_is_no_picture() -> None:
    path = CropTrack(top_left_px=torch.tensor([[-50.0, -20.0]]), px_per_pixel=1.0, size=ImageSize(height=96, width=96))
    cut = crop(np.full((300, 400, 3), 200, np.uint8), path.window_from_frame(0), path.size, outside=7)
    assert (cut[:20] == 7).all()
    assert (cut[:, :50] == 7).all()
    assert (cut[21:, 51:] == 200).all()


def test_fine_stripes_shrink_to_grey() -> None:
    stripes = np.zeros((300, 400), np.uint8)
    stripes[:, ::2] = 255
    path = CropTrack(top_left_px=torch.tensor([[10.0, 10.0]]), px_per_pixel=3.0, size=ImageSize(height=64, width=96))
    assert np.abs(crop(stripes, path.window_from_frame(0), path.size).astype(float) - 127).max() < 16


def test_the_window_holds_the_body_in_every_frame_with_its_margin() -> None:
    boxes = walk()
    path = track_crop(boxes, height=128, margin=0.1, smoothing_frames=8)
    corners = to_window(path, boxes.reshape(-1, 2, 2))
    free = 0.1 * 160 / path.px_per_pixel
    assert corners.min() > free - 1e-2
    assert (corners[..., 0] < path.size.width - free + 1e-2).all()
    assert (corners[..., 1] < path.size.height - free + 1e-2).all()


def test_the_width_is_a_multiple_of_32_and_the_height_as_asked() -> None:
    for height in (96, 100, 256):
        path = track_crop(walk(), height=height, margin=0.05, smoothing_frames=3)
        assert path.size.height == height
        assert path.size.width % 32 == 0


def test_a_window_of_given_scale_grows_instead_of_cutting_off() -> None:
    boxes = walk()
    free = track_crop(boxes, height=128, margin=0.1, smoothing_frames=4)
    kept = track_crop(boxes, height=128, margin=0.1, smoothing_frames=4, px_per_pixel=free.px_per_pixel * 0.8)
    assert kept.px_per_pixel == free.px_per_pixel * 0.8
    assert kept.size.height % 32 == 0
    assert kept.size.height >= 128 / 0.8
    corners = to_window(kept, boxes.reshape(-1, 2, 2))
    assert corners.min() > 0
    assert (corners < torch.tensor([kept.size.width, kept.size.height])).all()


def test_the_window_moves_more_smoothly_than_the_body() -> None:
    path = track_crop(walk(), height=128, margin=0.1, smoothing_frames=4)
    centre = (walk()[:, :2] + walk()[:, 2:]) / 2
    assert path.top_left_px.diff(n=2, dim=0).norm() < 0.3 * centre.diff(n=2, dim=0).norm()


def test_shots_are_smoothed_apart() -> None:
    boxes = walk()
    boxes[25:, [0, 2]] -= 120
    together = track_crop(boxes, height=128, margin=0.1, smoothing_frames=5)
    apart = track_crop(boxes, height=128, margin=0.1, smoothing_frames=5, shot_starts=(0, 25))
    first = track_crop(boxes[:25], height=128, margin=0.1, smoothing_frames=5)
    second = track_crop(boxes[25:], height=128, margin=0.1, smoothing_frames=5)
    assert torch.allclose(_middle(apart), torch.cat([_middle(first), _middle(second)]), atol=1e-3)
    assert (_middle(together)[20:30] - _middle(apart)[20:30]).abs().max() > 20
    assert apart.size.width < together.size.width


def test_boxes_hold_the_projected_points() -> None:
    camera_from_world = torch.diag(torch.tensor([1.0, -1, -1, 1]))
    intrinsics = torch.tensor([[200.0, 0, 200], [0, 200, 150], [0, 0, 1]])
    camera = Camera(intrinsics_px=intrinsics, camera_from_world=camera_from_world, size=FRAME)
    points = torch.tensor([[[-1.0, 0.5, -4], [0.6, -1, -4], [0, 0, -2]]])
    assert torch.allclose(body_boxes(points, camera), torch.tensor([[150.0, 125, 230, 200]]))


def _middle(path: CropTrack) -> torch.Tensor:
    return path.top_left_px + torch.tensor([path.size.width, path.size.height]) * path.px_per_pixel / 2


def test_one_wrong_number_does_not_make_the_window_larger_than_twice_the_picture() -> None:
    boxes = walk()
    boxes[7, [1, 3]] += 1e4
    kept = {"height": 128, "margin": 0.1, "smoothing_frames": 4, "px_per_pixel": 1.0}
    grown = track_crop(boxes, **kept)
    capped = track_crop(near(boxes, FRAME), picture=FRAME, **kept)
    assert grown.size.height > 1e4
    assert capped.size.height <= 2 * FRAME.height + 32
    assert str(track_crop(walk(), picture=FRAME, **kept).size) == str(track_crop(walk(), **kept).size)


def test_of_a_body_near_the_picture_nothing_that_the_picture_shows_is_cut_off() -> None:
    generator = torch.Generator().manual_seed(0)
    ends = (torch.rand(500, 2, 2, generator=generator) * 5 - 2) * torch.tensor([FRAME.width, FRAME.height])
    boxes = near(torch.cat([ends.amin(1), ends.amax(1)], -1), FRAME)
    track = track_crop(boxes, height=64, margin=0, smoothing_frames=1e-3, px_per_pixel=1.0, picture=FRAME)
    frame = torch.tensor([FRAME.width, FRAME.height])
    first, last = boxes[:, :2].clamp(min=0), torch.minimum(boxes[:, 2:], frame)
    shown = (first < last).all(1)
    assert shown.sum() > 100
    window_last = track.top_left_px + torch.tensor([track.size.width, track.size.height])
    assert (track.top_left_px <= first + 0.5)[shown].all()
    assert (window_last >= last - 0.5)[shown].all()
