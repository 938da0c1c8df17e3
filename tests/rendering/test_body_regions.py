"""Squares around head, hands and feet lie where the body's picture shows them."""

import torch
from known_clips import known_camera, made_up_dance

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import PARTS
from motion_transfer.rendering.body_regions import REGIONS, figure_boxes, head_boxes, region_boxes


def danced(model: BodyModel) -> PosedBody:
    motion = made_up_dance(model, seconds=0.5)
    return shape_body(model, motion.shape).posed(motion.pose)


def inside(pixels: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    return ((pixels > boxes[:, None, :2]) & (pixels < boxes[:, None, 2:])).all(-1)


def test_the_square_of_a_part_holds_the_pixels_of_its_skin(tiny_body: BodyModel) -> None:
    posed, camera = danced(tiny_body), known_camera()
    pixels, _ = camera.project(posed.vertices_m())
    boxes = region_boxes(posed.joints_m, camera)
    for row, region in enumerate(REGIONS):
        of_part = tiny_body.part_of_vertex == PARTS.index(region)
        assert inside(pixels[:, of_part], boxes[:, row]).float().mean() > 0.9, region
    sides = boxes[..., 2:] - boxes[..., :2]
    torch.testing.assert_close(sides[..., 0], sides[..., 1])


def test_a_square_shrinks_with_the_distance(tiny_body: BodyModel) -> None:
    joints_m, camera = danced(tiny_body).joints_m, known_camera()
    near = head_boxes(joints_m, camera, 0.2)
    away = head_boxes(joints_m + torch.tensor([0.0, 0.0, -3.0]), camera, 0.2)
    wide = head_boxes(joints_m, camera, 0.4)
    assert ((away[:, 2] - away[:, 0]) < 0.8 * (near[:, 2] - near[:, 0])).all()
    torch.testing.assert_close(wide[:, 2] - wide[:, 0], 2 * (near[:, 2] - near[:, 0]))


def test_the_window_of_the_figure_holds_all_of_it_and_keeps_its_size(tiny_body: BodyModel) -> None:
    posed, camera = danced(tiny_body), known_camera()
    boxes = figure_boxes(posed.joints_m, camera)
    pixels, _ = camera.project(posed.vertices_m())
    assert inside(pixels, boxes).all()
    size = boxes[:, 2:] - boxes[:, :2]
    torch.testing.assert_close(size, size[:1].expand_as(size))
