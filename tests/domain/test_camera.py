"""The pinhole camera."""

import torch

from motion_transfer.domain.camera import Box, Camera
from motion_transfer.domain.video import ImageSize


def camera() -> Camera:
    """A camera 1.5 m above the ground that looks along -z, tilted a little down."""
    pitch = torch.tensor(0.1)
    tilt = torch.tensor([[1, 0, 0], [0, torch.cos(pitch), -torch.sin(pitch)], [0, torch.sin(pitch), torch.cos(pitch)]])
    camera_from_world = torch.eye(4)
    camera_from_world[:3, :3] = tilt @ torch.diag(torch.tensor([1.0, -1.0, -1.0]))
    camera_from_world[:3, 3] = camera_from_world[:3, :3] @ -torch.tensor([0.0, 1.5, 0.0])
    intrinsics = torch.tensor([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=camera_from_world, size=ImageSize(height=480, width=640))


def test_unprojecting_projected_points_returns_them() -> None:
    points = torch.rand(50, 3) * 2 + torch.tensor([-1.0, 0.0, -6.0])
    pixels, depth = camera().project(points)
    assert (depth > 0).all()
    torch.testing.assert_close(camera().unproject(pixels, depth), points, atol=1e-4, rtol=0)


def test_up_in_the_world_is_up_in_the_picture() -> None:
    pixels, _ = camera().project(torch.tensor([[0.0, 0.0, -4.0], [0.0, 1.0, -4.0], [1.0, 0.0, -4.0]]))
    assert pixels[1, 1] < pixels[0, 1]
    assert pixels[2, 0] > pixels[0, 0]


def test_a_cropped_camera_sees_the_same_point_at_the_same_place_of_the_crop() -> None:
    point = torch.tensor([[0.3, 1.0, -4.0]])
    box = Box(left=100, top=50, width=200, height=300)
    pixel, _ = camera().project(point)
    in_crop, _ = camera().cropped(box, ImageSize(height=150, width=400)).project(point)
    expected = (pixel - torch.tensor([100.0, 50.0])) * torch.tensor([400 / 200, 150 / 300])
    torch.testing.assert_close(in_crop, expected, atol=1e-3, rtol=0)


def test_resizing_moves_the_corner_to_the_corner() -> None:
    small = camera().resized(ImageSize(height=240, width=320))
    point = camera().unproject(torch.tensor([640.0, 480.0]), torch.tensor(3.0))
    pixel, _ = small.project(point)
    torch.testing.assert_close(pixel, torch.tensor([320.0, 240.0]), atol=1e-2, rtol=0)
