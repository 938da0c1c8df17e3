"""A driven body is drawn at the frame's own pixels, wherever the part of the window lies that shows it."""

import numpy as np
import pytest
import torch
from small_footage import small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.driven_frames import driven_frame, surface_parts
from motion_transfer.references.enlarging import Enlargement
from motion_transfer.references.native_body import NativeBody, native_body
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.rasterizer import rasterize
from motion_transfer.rendering.texture import Texture

SIZE, FACTOR = ImageSize(height=120, width=90), 3
WHOLE = (slice(0, FACTOR * SIZE.height), slice(0, FACTOR * SIZE.width))
GREEN = Texture(rgb=torch.tensor([0.0, 1.0, 0.0]).view(3, 1, 1).expand(3, 16, 16).clone(), seen=torch.ones(16, 16))


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


def drawn(
    footage: RegisteredFootage,
    multiple: int | None,
    area: tuple[slice, slice],
    without: str | None = None,
    texture: Texture = GREEN,
) -> NativeBody:
    parts = surface_parts(footage.model)
    shown = None if without is None else parts.part_of_face != PARTS.index(without)
    posed = footage.body.posed(footage.capture.motion.pose[3:4])
    window = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    driven = driven_frame(posed, footage.capture.camera, window, SIZE, 4.0, parts, multiple, shown)
    to = Enlargement(area=area, px_per_cell=FACTOR, corner=driven.corner)
    return native_body(driven, posed, parts, texture, to)


def test_each_pixel_shows_the_part_that_the_camera_sees_there(footage: RegisteredFootage) -> None:
    posed = footage.body.posed(footage.capture.motion.pose[3:4])
    pixels, depth_m = footage.capture.camera.project(posed.vertices_m())
    tall = ImageSize(height=FACTOR * SIZE.height, width=FACTOR * SIZE.width)
    face = rasterize(pixels * FACTOR, depth_m, posed.faces, tall).face[0]
    expected = torch.where(face >= 0, footage.model.part_of_face[face.clamp(min=0)], -1).numpy()
    # Hands are held to be a little nearer than they are.
    assert (drawn(footage, None, WHOLE).part == expected).mean() > 0.999


def test_where_the_drawn_part_of_the_window_lies_changes_nothing(footage: RegisteredFootage) -> None:
    whole = drawn(footage, None, WHOLE).part
    rows, columns = np.nonzero(whole >= 0)
    area = (slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1))
    assert (drawn(footage, 8, area).part == whole[area]).mean() > 0.999


def test_the_colours_of_the_body_go_on_beside_it(footage: RegisteredFootage) -> None:
    found = drawn(footage, None, WHOLE)
    assert (found.part < 0).any()
    assert abs(found.texture - [0, 255, 0]).max() < 1


def test_what_is_left_out_is_not_drawn(footage: RegisteredFootage) -> None:
    hand = PARTS.index("left_hand")
    assert (drawn(footage, None, WHOLE).part == hand).any()
    assert not (drawn(footage, None, WHOLE, without="left_hand").part == hand).any()


def test_where_two_parts_meet_neighbouring_pixels_differ_less_than_on_one_part(footage: RegisteredFootage) -> None:
    rgb = torch.rand(3, 512, 512, generator=torch.Generator().manual_seed(0))
    found = drawn(footage, None, WHOLE, texture=Texture(rgb=rgb, seen=torch.ones(512, 512)))
    left, right = found.part[:, :-1], found.part[:, 1:]
    body, steps = (left >= 0) & (right >= 0), abs(np.diff(found.texture[..., 0], axis=1))
    border, within = body & (left != right), body & (left == right)
    assert border.sum() > 50
    assert steps[border].mean() < 0.6 * np.median(steps[within])
