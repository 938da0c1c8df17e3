"""Thickness from outlines, the priors on poses, and the measures of a fit."""

import dataclasses

import numpy as np
import pytest
import roma
import torch
from known_clips import drawn_masks, exact_detections, known_camera, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.priors import hinge_energy, pose_energy
from motion_transfer.body.skeleton import JOINTS, PART_OF_JOINT, PARTS, joint
from motion_transfer.domain.body_motion import BodyMotion, BodyShape
from motion_transfer.domain.video import ImageSize
from motion_transfer.fitting import energies
from motion_transfer.fitting.clothing_offset import LIMITS_M, Silhouette, fit_clothing_offset
from motion_transfer.fitting.quality import measure_fit, silhouette_iou
from motion_transfer.rendering.rasterizer import render_mesh

CLOTHES_M = {"head": 0.0, "torso": 0.024, "thigh": 0.02, "shank": 0.016, "upper_arm": 0.012, "forearm": 0.0}
CLOTHES_M |= {"hand": 0.0, "foot": 0.012}


def kind(part: str) -> str:
    return part.removeprefix("left_").removeprefix("right_")


def outlines(model: BodyModel, motion: BodyMotion, thickness: torch.Tensor) -> list[Silhouette]:
    camera = known_camera().resized(ImageSize(height=320, width=240))
    body = shape_body(model, BodyShape(betas=motion.shape.betas, clothing_offset_m=thickness))
    found = []
    for frame in (0, 10, 20):
        pose = motion.pose[frame : frame + 1]
        mask = render_mesh(body.posed(pose).vertices_m(), model.faces, camera).covered[0].numpy()
        found.append(Silhouette(mask=mask, trusted=np.full(mask.shape, True), camera=camera, pose=pose))
    return found


def test_thickness_is_recovered_from_outlines(tiny_body: BodyModel, truth: BodyMotion) -> None:
    true = torch.tensor([CLOTHES_M[kind(PARTS[part])] for part in PART_OF_JOINT])
    found = fit_clothing_offset(tiny_body, truth.shape, outlines(tiny_body, truth, true))
    error = (found - true).abs()
    large = [j for j, part in enumerate(PART_OF_JOINT) if kind(PARTS[part]) not in ("hand", "foot")]
    assert error[large].max() <= 0.008
    assert error.mean() < 0.005
    assert torch.equal(found[joint("left_hip")], found[joint("right_hip")])


def test_pixels_that_are_not_trusted_teach_no_thickness(tiny_body: BodyModel, truth: BodyMotion) -> None:
    """A bag as large as the picture's lower half hangs before the legs."""
    spoilt = []
    for silhouette in outlines(tiny_body, truth, torch.zeros(len(JOINTS))):
        mask, trusted = silhouette.mask.copy(), silhouette.trusted.copy()
        mask[200:], trusted[200:] = True, False
        spoilt.append(dataclasses.replace(silhouette, mask=mask, trusted=trusted))
    assert fit_clothing_offset(tiny_body, truth.shape, spoilt).abs().max() <= 0.008


def test_thickness_stays_within_its_limits(tiny_body: BodyModel, truth: BodyMotion) -> None:
    found = fit_clothing_offset(
        tiny_body, truth.shape, outlines(tiny_body, truth, torch.full((len(JOINTS),), 0.12))[:1]
    )
    assert found.max() <= LIMITS_M[1] + 1e-6
    assert found[joint("left_hip")] > 0.06


@pytest.mark.parametrize(("name", "healthy"), [("left_knee", (0.8, 0, 0)), ("right_knee", (0.8, 0, 0))])
def test_a_knee_that_bends_backward_costs_more(name: str, healthy: tuple[float, ...]) -> None:
    energy = [bent(name, torch.tensor(healthy) * sign) for sign in (1, -1)]
    assert energy[0] < 1e-3
    assert energy[1] > 1


@pytest.mark.parametrize(("name", "healthy"), [("left_elbow", (0, -0.8, 0)), ("right_elbow", (0, 0.8, 0))])
def test_an_elbow_that_bends_backward_costs_more(name: str, healthy: tuple[float, ...]) -> None:
    energy = [bent(name, torch.tensor(healthy) * sign) for sign in (1, -1)]
    assert energy[0] < 1e-3
    assert energy[1] > 1


def bent(name: str, turn: torch.Tensor) -> float:
    rotations = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    rotations[0, joint(name)] = roma.rotvec_to_rotmat(turn.float())
    return float(hinge_energy(rotations))


def test_the_pose_prior_is_nothing_at_rest_and_grows_with_the_angle() -> None:
    turns = torch.zeros(3, len(JOINTS), 3)
    turns[1, joint("spine1"), 0], turns[2, joint("spine1"), 0] = 0.2, 0.4
    turns[:, 0] = torch.tensor([0.0, 2.0, 0])
    energy = pose_energy(roma.rotvec_to_rotmat(turns))
    assert energy[0] == 0
    assert energy[2] / energy[1] == pytest.approx((1 - np.cos(0.4)) / (1 - np.cos(0.2)), rel=1e-4)


def test_a_perfect_fit_has_perfect_scores(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera = known_camera()
    seen = exact_detections(tiny_body, truth, camera)
    body = posed(tiny_body, truth)
    found = measure_fit(body.shaped, truth.pose, truth.shape.betas, camera, seen)
    assert found.reprojection_percent < 1e-3
    assert found.silhouette_iou > 0.97
    assert found.frames_without_person == 0
    assert found.jitter == pytest.approx(found.detector_jitter, rel=0.5)


def test_a_shifted_fit_has_the_scores_of_its_shift(tiny_body: BodyModel, truth: BodyMotion) -> None:
    """A camera whose picture is moved by 20 px, of a person about 500 px tall."""
    camera = known_camera()
    seen = exact_detections(tiny_body, truth, camera)
    body = posed(tiny_body, truth)
    shifted = camera.intrinsics_px.clone()
    shifted[0, 2] += 20
    moved = dataclasses.replace(camera, intrinsics_px=shifted)
    found = measure_fit(body.shaped, truth.pose, truth.shape.betas, moved, seen)
    tall = (seen.landmarks_2d.xy_px.amax(1) - seen.landmarks_2d.xy_px.amin(1))[:, 1].mean()
    assert found.reprojection_percent == pytest.approx(float(2000 / tall), rel=0.05)
    assert 0.2 < found.silhouette_iou < 0.6


def test_frames_without_a_mask_do_not_count_for_the_overlap(tiny_body: BodyModel, truth: BodyMotion) -> None:
    camera = known_camera()
    seen = exact_detections(tiny_body, truth, camera)
    empty = seen.masks.compress(np.zeros_like(seen.masks[0]))
    half = dataclasses.replace(seen.masks, compressed=(*seen.masks.compressed[:15], *[empty] * (len(seen.masks) - 15)))
    body = posed(tiny_body, truth)
    assert silhouette_iou(body.shaped, truth.pose, camera, dataclasses.replace(seen, masks=half)) > 0.97
    none = dataclasses.replace(seen.masks, compressed=(empty,) * len(seen.masks))
    assert np.isnan(silhouette_iou(body.shaped, truth.pose, camera, dataclasses.replace(seen, masks=none)))


def test_masks_of_the_clip_are_those_of_the_body(tiny_body: BodyModel, truth: BodyMotion) -> None:
    masks = drawn_masks(posed(tiny_body, truth), known_camera())
    assert len(masks) == len(truth)
    assert 0.02 < (masks[0] > 127).mean() < 0.2


def test_no_residual_costs_more_than_its_robust_limit() -> None:
    squared = torch.tensor([0.0, 0.01, 1.0, 1e6])
    cost = energies.robust(squared)
    assert cost[1] == pytest.approx(0.01, rel=0.02)
    assert cost[2] == 0.5
    assert cost[3] <= 1


def test_the_acceleration_of_a_parabola_does_not_depend_on_the_frame_rate() -> None:
    costs = []
    for fps in (10.0, 50.0):
        time = torch.arange(0, 2, 1 / fps).double()
        points = torch.stack([torch.zeros_like(time), 0.5 * 3.0 * time**2, time], -1)[:, None]
        inner = torch.ones(len(time), dtype=torch.bool)
        costs.append(float(energies.acceleration(points, inner, fps, 6.0)))
    assert costs[0] == pytest.approx(costs[1], rel=1e-4)
    assert costs[0] == pytest.approx(np.log(1 + 0.25) / 2, rel=1e-4)


def test_a_thrown_hand_costs_little_more_than_a_trembling_one() -> None:
    """Ten times the acceleration costs less than eight times as much, where its square would cost a hundred times."""
    times = torch.arange(6.0)[:, None, None] / 10
    inner = torch.ones(6, dtype=torch.bool)
    along = times**2 / 2 * torch.tensor([1.0, 0, 0])
    tremble, throw = (float(energies.acceleration(a * along, inner, 10.0, 3.0)) for a in (3.0, 30.0))
    assert 2 * tremble < throw < 8 * tremble


def test_a_cut_costs_no_smoothness(tiny_body: BodyModel) -> None:
    points = torch.cat([torch.zeros(5, 2, 3), torch.ones(5, 2, 3)])
    follows = torch.ones(10, dtype=torch.bool)
    follows[[0, 5]] = False
    assert energies.acceleration(points, follows & follows.roll(-1), 25.0, 6.0) == 0
    turned = roma.rotvec_to_rotmat(points)
    assert energies.rotation_change(turned, follows, 25.0) == 0
    planted = torch.ones(10, 2, dtype=torch.bool)
    assert energies.planted_feet(points[:, :, None], planted, follows, 25.0, 0.2) == 0


def test_sunk_feet_cost_even_in_the_air_and_raised_ones_only_where_they_stand() -> None:
    soles = torch.zeros(1, 2, 3, 3)
    planted, in_air = torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.bool)

    def cost(height: float, standing: torch.Tensor) -> float:
        lifted = soles + torch.tensor([0, height, 0])
        return float(energies.on_the_ground(lifted, standing, torch.zeros(()), torch.zeros(()), 0.03))

    assert cost(0.0, planted) == 0
    assert cost(0.05, planted) > 0.5
    assert cost(0.05, in_air) == 0
    assert cost(-0.05, in_air) > 0.1


def test_upright_is_measured_against_the_ground() -> None:
    """On ground that rises toward the camera, a person along its normal costs nothing."""
    slope = torch.tensor(0.1)
    normal = torch.tensor([[0.0, 1.0, -0.1], [0.3, 1.0, -0.1]])
    standing = torch.ones(2, dtype=torch.bool)
    assert energies.upright(normal, standing, slope, 0.04) < 1e-10
    assert energies.upright(normal, standing, torch.tensor(0.0), 0.04) > 1
    assert energies.upright(normal, ~standing, torch.tensor(0.0), 0.04) == 0
