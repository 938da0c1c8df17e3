from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.synthetic.pair import SyntheticPair, make_pair
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=128, width=96)
FPS = Fraction(6)


def made(model: BodyModel, seed: int = 0) -> SyntheticPair:
    return make_pair(model, seed=seed, size=SIZE, seconds=6, fps=FPS, texture_px=128)


@pytest.fixture(scope="module")
def pair(tiny_body: BodyModel) -> SyntheticPair:
    return made(tiny_body)


@pytest.mark.slow
def test_every_pass_and_every_pair_of_a_seed_yields_the_same_pixels(tiny_body: BodyModel, pair: SyntheticPair) -> None:
    again = made(tiny_body)
    for one, other in ((pair.source, pair.source), (pair.source, again.source), (pair.truth, again.truth)):
        for frame, repeated in zip(islice(one.video, 5), islice(other.video, 5), strict=True):
            assert np.array_equal(frame, repeated)


@pytest.mark.slow
def test_other_seeds_make_other_people_rooms_and_dances(tiny_body: BodyModel, pair: SyntheticPair) -> None:
    other = made(tiny_body, seed=1)
    first, second = next(iter(pair.target.video)).astype(int), next(iter(other.target.video)).astype(int)
    assert np.abs(first - second).mean() > 10
    assert (pair.source.motion.pose.root_position_m - other.source.motion.pose.root_position_m).abs().max() > 0.1


@pytest.mark.slow
def test_a_clip_has_one_frame_one_mask_and_one_pose_each(pair: SyntheticPair) -> None:
    for clip in (pair.source, pair.target, pair.truth):
        assert len(clip.video) == len(clip.masks) == len(clip.motion) == 36
        assert next(iter(clip.video)).shape == (SIZE.height, SIZE.width, 3)
    assert sum(1 for _ in pair.source.video) == 36


@pytest.mark.slow
def test_masks_equal_the_coverage_of_the_body(tiny_body: BodyModel, pair: SyntheticPair) -> None:
    clip = pair.source
    eightfold = ImageSize(height=8 * SIZE.height, width=8 * SIZE.width)
    posed = shape_body(tiny_body, clip.motion.shape).posed(clip.motion.pose[20:21])
    fine = render_mesh(posed.vertices_m(), tiny_body.faces, clip.camera.resized(eightfold)).covered[0].float()
    expected = fine.view(SIZE.height, 8, SIZE.width, 8).mean((1, 3)).numpy()
    found = clip.masks[20] / 255
    assert np.abs(found - expected).mean() < 0.005
    assert (found[expected == 1] == 1).all()
    assert (found[expected == 0] < 0.1).all()


@pytest.mark.slow
def test_outside_of_mask_and_ground_only_the_sensors_noise_changes(pair: SyntheticPair) -> None:
    clip = pair.target
    background = room(clip.camera, 1)
    for number, frame in enumerate(islice(clip.video, 5)):
        wall = (clip.masks[number] == 0) & ~background.is_ground
        difference = frame[wall].astype(float) - background.rgb[wall]
        assert abs(difference.mean()) < 0.3
        assert difference.std() < 2


@pytest.mark.slow
def test_the_person_darkens_the_ground_under_the_feet(pair: SyntheticPair) -> None:
    clip = pair.target
    background = room(clip.camera, 1)
    frame = next(iter(clip.video)).astype(float)
    feet = clip.motion.pose.root_position_m[0, [0, 2]].numpy()
    distance = np.linalg.norm(background.ground_m - feet, axis=-1)
    ground = background.is_ground & (clip.masks[0] == 0)
    ratio = frame.sum(-1) / background.rgb.sum(-1)
    assert ratio[ground & (distance < 0.2)].mean() < 0.8
    assert ratio[ground & (distance > 1.0)].mean() > 0.98


def test_the_target_never_shows_its_back_but_the_source_does(pair: SyntheticPair) -> None:
    facing = [clip.motion.pose.parent_from_joint[:, 0, 2, 2] for clip in (pair.source, pair.target, pair.truth)]
    assert facing[0].min() < -0.9
    assert facing[1].min() > 0.8
    assert facing[2].min() < -0.9


def test_the_target_lacks_the_raised_arms_of_the_source(tiny_body: BodyModel, pair: SyntheticPair) -> None:
    highest = []
    for clip in (pair.source, pair.target):
        joints = shape_body(tiny_body, clip.motion.shape).posed(clip.motion.pose).joints_m
        wrists = joints[:, [joint("left_wrist"), joint("right_wrist")], 1]
        highest.append((wrists - joints[:, [joint("neck")], 1]).max())
    assert highest[0] > 0.15
    assert highest[1] < 0.1


def test_the_truth_is_the_target_in_the_poses_of_the_source(pair: SyntheticPair) -> None:
    truth = pair.truth
    assert torch.equal(truth.motion.pose.parent_from_joint, pair.source.motion.pose.parent_from_joint)
    assert torch.equal(truth.motion.shape.betas, pair.target.motion.shape.betas)
    assert torch.equal(truth.performer.texture_rgb, pair.target.performer.texture_rgb)
    assert torch.equal(truth.camera.camera_from_world, pair.target.camera.camera_from_world)
    middle, own = (clip.motion.pose.root_position_m[:, [0, 2]].mean(0) for clip in (truth, pair.target))
    assert (middle - own).norm() < 1e-5


def test_in_the_truth_feet_stand_on_the_ground(tiny_body: BodyModel, pair: SyntheticPair) -> None:
    motion = pair.truth.motion
    lowest = shape_body(tiny_body, motion.shape).posed(motion.pose).vertices_m()[..., 1].amin(1)
    assert lowest[motion.foot_contacts.any(1)].abs().max() < 0.02


@pytest.mark.parametrize("seed", range(4))
def test_the_camera_holds_a_standing_person_and_looks_along_the_ground(seed: int) -> None:
    size = ImageSize(height=640, width=480)
    camera = room_camera(size, seed)
    rotation = camera.camera_from_world[:3, :3]
    assert torch.allclose(rotation @ rotation.T, torch.eye(3), atol=1e-6)
    assert torch.det(rotation) > 0
    pixels, depth = camera.project(torch.tensor([[0, 0, 0], [0, 2.1, 0], [0.9, 1.4, 0], [-0.9, 1.4, 0.0]]))
    assert (depth > 2).all()
    assert (pixels > 0).all()
    assert (pixels < torch.tensor([size.width, size.height])).all()
