"""The turned camera sees the same points as the clip's, and a person's place in the picture does not matter to it."""

import math

import numpy as np
import pytest
import torch

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.mesh_recovery.person_view import crop_view, look_at_landmarks

SIZE = ImageSize(height=480, width=640)


def camera() -> Camera:
    """Pitched down, above the ground."""
    angle = 0.2
    turned = torch.tensor([[1, 0, 0], [0, -math.cos(angle), math.sin(angle)], [0, -math.sin(angle), -math.cos(angle)]])
    world = torch.eye(4)
    world[:3, :3], world[:3, 3] = turned, -turned @ torch.tensor([0.3, 1.4, 4.0])
    return Camera(
        intrinsics_px=torch.tensor([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]), camera_from_world=world, size=SIZE
    )


def person(x_m: float) -> torch.Tensor:
    """Points as wide and tall as a person, at some place of the room."""
    generator = torch.Generator().manual_seed(0)
    return torch.rand(1, 20, 3, generator=generator) * torch.tensor([0.6, 1.7, 0.4]) + torch.tensor([x_m, 0, 0])


@pytest.mark.parametrize("x_m", [-1.6, 0.0, 1.2])
def test_points_are_seen_where_the_turned_camera_projects_them(x_m: float) -> None:
    """The second derivation: points in the world, in the view's own axes, divided by their depth."""
    clip, points = camera(), person(x_m)
    pixels, _ = clip.project(points)
    views = look_at_landmarks(pixels, torch.ones(1, 20), clip)
    seen = views.seen(pixels, clip)[0]
    centre = -clip.camera_from_world[:3, :3].T @ clip.camera_from_world[:3, 3]
    in_view = (points[0] - centre) @ views.world_from_view(clip)[0]
    expected = in_view[:, :2] * torch.tensor([1.0, -1.0]) / -in_view[:, 2:] / views.half_field
    assert torch.allclose(seen, expected, atol=1e-4)
    assert 0.7 < seen.abs().max() < 0.9
    assert (seen.amax(0) + seen.amin(0)).abs().max() < 0.2


def test_a_mark_in_the_picture_is_found_in_the_crop() -> None:
    clip = camera()
    pixels, _ = clip.project(person(1.4))
    views = look_at_landmarks(pixels, torch.ones(1, 20), clip)
    picture = np.full((SIZE.height, SIZE.width, 3), 127, np.uint8)
    column, row = int(pixels[0, 3, 0]), int(pixels[0, 3, 1])
    picture[row - 2 : row + 3, column - 2 : column + 3] = 255
    crop = crop_view(picture, views, 0, clip, 224).astype(float)
    weights = crop.mean(-1)
    assert weights.max() > 200
    middle = (np.argwhere(weights > 180) + 0.5).mean(0)
    expected = (views.seen(torch.tensor([[[column + 0.5, row + 0.5]]]), clip)[0, 0].numpy() + 1) * 112
    assert np.abs(middle[::-1] - expected).max() < 1


def test_a_frame_without_landmarks_still_has_a_view() -> None:
    views = look_at_landmarks(torch.zeros(2, 20, 2), torch.zeros(2, 20), camera())
    assert torch.isfinite(views.half_field).all()
    assert torch.isfinite(views.view_from_camera).all()
