"""Crops of a clip: pictures, mattes and cameras that agree."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_transfer.appearance.plate import Plate
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.registration.crops import Crops, open_crops, write_crops
from motion_transfer.rendering.crop_track import CropTrack

SIZE = ImageSize(height=120, width=160)
FRAMES = [1, 4]
CENTRES_PX = [(70.0, 60.0), (72.0, 62.0), (74.0, 64.0), (76.0, 66.0), (78.0, 68.0)]


def blob(at_px: tuple[float, float], size: ImageSize, scale: float = 1.0) -> np.ndarray:
    y, x = (np.mgrid[: size.height, : size.width] + 0.5) / scale
    return (255 * np.exp(-((x - at_px[0]) ** 2 + (y - at_px[1]) ** 2) / 72)).round().astype(np.uint8)


def centre_px(picture: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    return np.array([(x * picture).sum(), (y * picture).sum()]) / picture.sum()


@pytest.fixture
def crops(tmp_path: Path) -> Crops:
    """A blob that moves; its mask is stored at half the size."""

    def frames() -> Iterator[np.ndarray]:
        for place in CENTRES_PX:
            yield np.repeat(blob(place, SIZE)[..., None], 3, 2)

    half = ImageSize(height=60, width=80)
    masks = Masks(compressed=tuple(Masks.compress(blob(p, half, 0.5)) for p in CENTRES_PX), size=half)
    video = Video(open_frames=frames, size=SIZE, fps=Fraction(25), frame_count=5)
    corners = torch.tensor([[31.0, 20.0], [120.0, 10.0]])
    window = CropTrack(top_left_px=corners, px_per_pixel=1.25, size=ImageSize(height=72, width=64))
    black = np.zeros((SIZE.height, SIZE.width, 3), np.uint8)
    plate = Plate(rgb=black, known=np.full(black.shape[:2], True))
    cut: list[int] = []
    write_crops(tmp_path, video, masks, window, FRAMES, plate, lambda: cut.append(1))
    assert len(cut) == len(FRAMES)
    return open_crops(tmp_path, window, FRAMES, plate)


def camera() -> Camera:
    look = torch.diag(torch.tensor([1.0, -1, -1, 1]))
    intrinsics = torch.tensor([[100.0, 0, 80], [0, 100, 60], [0, 0, 1]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=look, size=SIZE)


def test_picture_mask_and_camera_of_a_crop_agree(crops: Crops) -> None:
    world = camera().unproject(torch.tensor([CENTRES_PX[1]]), torch.tensor([3.0]))
    seen, _ = crops.camera(0, camera()).project(world)
    assert np.abs(centre_px(crops.rgb[0][..., 0]) - seen[0].numpy()).max() < 0.1
    assert np.abs(centre_px(crops.matte[0]) - seen[0].numpy()).max() < 0.5
    assert crops.camera(0, camera()).size == crops.track.size
    assert len(crops) == 2
    assert crops.frames == (1, 4)


def test_another_picture_of_the_frame_is_cropped_alike(crops: Crops) -> None:
    again = crops.crop(0, np.repeat(blob(CENTRES_PX[1], SIZE)[..., None], 3, 2))
    assert np.array_equal(again, crops.rgb[0])


def test_only_what_lies_inside_the_frame_is_marked_as_inside(crops: Crops) -> None:
    assert crops.inside(0, SIZE).all()
    beside = crops.inside(1, SIZE)
    assert beside[:, :31].all()
    assert not beside[:, 33:].any()  # the frame ends 40 px right of the window's corner


def test_the_crops_are_read_from_the_disk_when_asked_for(crops: Crops) -> None:
    assert isinstance(crops.rgb, np.memmap)
    assert not crops.rgb.flags.writeable
