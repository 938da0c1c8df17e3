"""Drawn crops of people: the same for a seed, with the person where the truth says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.rendering.vertex_colours import draw_vertex_colours
from motion_transfer.synthetic.people_in_crops import CROPS, CropArtist, PersonCrops, place_in_crop, seen_at
from motion_transfer.synthetic.pose_mixing import PoseLibrary
from motion_transfer.synthetic.random_poses import random_poses


def artist(model: BodyModel) -> CropArtist:
    library = PoseLibrary(parent_from_joint=random_poses(np.random.default_rng(0), 20))
    return CropArtist(model=model, landmarks=detector_anchors(model, LAYOUT), poses=library)


@pytest.fixture(scope="module")
def crops(tiny_body: BodyModel) -> PersonCrops:
    return artist(tiny_body)(5, bodies=1)


@pytest.mark.slow
def test_a_seed_gives_the_same_crops_again(crops: PersonCrops, tiny_body: BodyModel) -> None:
    again = artist(tiny_body)(5, bodies=1)
    assert np.array_equal(again.rgb, crops.rgb)
    assert np.array_equal(again.betas, crops.betas)
    assert not np.array_equal(artist(tiny_body)(6, bodies=1).rgb, crops.rgb)


@pytest.mark.slow
def test_one_person_takes_many_poses_before_different_backgrounds(crops: PersonCrops) -> None:
    assert len(crops.rgb) == CROPS
    assert np.ptp(crops.betas, axis=0).max() == 0
    assert np.ptp(crops.parent_from_joint, axis=0).max() > 0.5
    assert np.std([picture[:20, :20].mean() for picture in crops.rgb]) > 5


@pytest.mark.slow
def test_half_of_the_backgrounds_are_the_given_pictures(tiny_body: BodyModel) -> None:
    green = np.zeros((300, 400, 3), np.uint8)
    green[..., 1] = 255
    crops = replace(artist(tiny_body), pictures=(green,))(5, bodies=4)
    corners = crops.rgb[:, [4, 4, -5, -5], [4, -5, 4, -5]].astype(int)
    given = (corners[..., 1] - corners[..., [0, 2]].max(-1) > 100).mean(1) > 0.5
    assert 0.3 < given.mean() < 0.7


@pytest.mark.parametrize("half_field", [0.06, 0.8])
def test_a_person_fills_the_crop_at_any_distance(half_field: float) -> None:
    generator = np.random.default_rng(0)
    points = generator.normal(0, 1, (33, 3)).clip(-1, 1).astype(np.float32) * np.float32([0.3, 0.85, 0.2])
    root = place_in_crop(points, half_field, generator, close_up=False)
    seen = (points + root)[:, :2] / -(points + root)[:, 2:] / half_field
    assert 0.55 < np.abs(seen).max() < 1.15


def test_pixels_are_where_a_pinhole_camera_sees_points() -> None:
    at = seen_at(np.array([[0.0, 0.0, -2.0], [0.5, 0.25, -2.0]]), 0.5)
    assert np.allclose(at, [[128, 128], [128 + 0.5 / 2 / 0.5 * 128, 128 - 0.25 / 2 / 0.5 * 128]])


def test_poses_bend_knees_and_elbows_one_way_only() -> None:
    turned = random_poses(np.random.default_rng(1), 500)
    shank = turned[:, 4] @ torch.tensor([0.0, -1.0, 0.0])
    assert (shank[:, 2] < 1e-3).all()
    assert shank[:, 2].min() < -0.9
    for elbow, out in ((18, 1.0), (19, -1.0)):
        forearm = turned[:, elbow] @ torch.tensor([out, 0.0, 0.0])
        assert (forearm[:, 2] > -0.2).all()
        assert forearm[:, 2].max() > 0.9


@pytest.mark.slow
def test_the_nearer_triangle_hides_the_farther_one_and_colours_are_interpolated() -> None:
    pixels = np.array([[0, 0], [0, 16], [16, 0], [0, 0], [0, 16], [16, 0]], np.float64)
    depth = np.array([2, 2, 2, 1, 1, 1], np.float64)
    rgb = np.array([[1, 0, 0]] * 3 + [[0, 1, 0], [0, 0, 1], [0, 1, 0]], np.float64)
    picture, nearest = np.zeros((8, 8, 3), np.float32), np.full((8, 8), np.inf, np.float32)
    for faces in ([[3, 4, 5], [0, 1, 2]], [[0, 1, 2], [3, 4, 5]]):
        draw_vertex_colours(pixels, depth, rgb, np.array(faces), picture, nearest)
        assert np.allclose(picture[0, 0], [0, 1 - 0.5 / 16, 0.5 / 16], atol=1e-6)
        assert nearest[7, 0] == 1
    turned_away = np.zeros((8, 8, 3), np.float32)
    draw_vertex_colours(pixels, depth, rgb, np.array([[0, 2, 1]]), turned_away, np.full((8, 8), np.inf, np.float32))
    assert turned_away.max() == 0
