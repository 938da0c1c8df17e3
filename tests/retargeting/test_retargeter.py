import dataclasses
import math
from pathlib import Path

import pytest
import roma
import torch
from fingered_body import random_fingers
from hydra.utils import instantiate
from jaxtyping import Float
from omegaconf import OmegaConf
from tiny_walks import camera_at, shape_of, walk
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, ShapedBody, shape_body
from motion_transfer.body.skeleton import ANKLES, HIPS
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.contacts import detect_contacts
from motion_transfer.geometry.ground import height_correction_m
from motion_transfer.retargeting.facing import (
    FacingRotation,
    mean_ground_position_m,
    mean_heading_rad,
    turn_rad,
    turned,
)
from motion_transfer.retargeting.ground_alignment import GroundAlignment
from motion_transfer.retargeting.placement import ScenePlacement, place
from motion_transfer.retargeting.planting import FootPlanting, plant_feet
from motion_transfer.retargeting.retargeter import Retargeter
from motion_transfer.retargeting.self_collision import SelfCollisionResolver, resolve_self_collisions
from motion_transfer.retargeting.shape_swap import leg_length_ratio, swap_shape
from motion_transfer.retargeting.state import RetargetingStep
from motion_transfer.retargeting.target_scene import Retargeted, TargetScene
from motion_transfer.retargeting.trend_filter import TrendFilter, filter_trend

PLANTED = Path(__file__).parents[2] / "configs" / "retargeting" / "planted.yaml"


def shipped(*, facing: str | float = "source", strength: float = 0.0, skin_contacts: bool = True) -> Retargeter:
    """The retargeter of the configuration files."""
    config = OmegaConf.create({"facing": facing, "head": "free", "retargeting": OmegaConf.load(PLANTED)})
    config.retargeting.steps.trend_filter.strength = strength
    config.retargeting.skin_contacts = skin_contacts
    return instantiate(config.retargeting)


def retarget(
    model: BodyModel,
    source: BodyMotion,
    target: BodyMotion,
    *,
    facing: str | float = "source",
    source_camera: Camera | None = None,
    camera: Camera | None = None,
    trend_strength: float = 0.0,
) -> Retargeted:
    retargeter = shipped(facing=facing, strength=trend_strength)
    body = shape_body(model, target.shape)
    scene = TargetScene(body=body, motion=target, camera=camera or camera_at())
    return retargeter(source, source_camera, shape_body(model, source.shape), scene)


def posed(model: BodyModel, motion: BodyMotion) -> PosedBody:
    return shape_body(model, motion.shape).posed(motion.pose)


def lean_rad(joints_m: Float[Tensor, "frame joint 3"]) -> Float[Tensor, "frame"]:
    trunk = joints_m[:, 12] - joints_m[:, HIPS].mean(1)
    return torch.acos(torch.nn.functional.normalize(trunk, dim=-1)[:, 1].clamp(-1, 1))


@pytest.mark.slow
def test_retargeting_to_oneself_in_ones_own_camera_changes_nothing(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, heading_rad=0.8)
    result = retarget(tiny_body, motion, motion, source_camera=camera_at())
    moved = (posed(tiny_body, result.motion).joints_m - posed(tiny_body, motion).joints_m).norm(dim=-1)
    assert moved.mean() < 0.01
    assert moved.max() < 0.06
    assert result.leg_length_ratio == pytest.approx(1)
    assert result.notes == ()


def test_a_shorter_target_makes_shorter_steps(tiny_body: BodyModel) -> None:
    source = walk(tiny_body, seconds=3)
    target = walk(tiny_body, seconds=8, shape=shape_of(-5.0))
    result = retarget(tiny_body, source, target, camera=camera_at(distance_m=8))
    assert result.leg_length_ratio == pytest.approx(0.88, abs=1e-3)
    length, before = (
        float(m.pose.root_position_m[-1, 2] - m.pose.root_position_m[0, 2]) for m in (result.motion, source)
    )
    assert length == pytest.approx(0.88 * before, rel=0.03)
    assert torch.equal(result.motion.shape.betas, target.shape.betas)


@pytest.mark.slow
def test_fingers_are_kept_by_all_steps(tiny_body: BodyModel) -> None:
    source, target = walk(tiny_body, heading_rad=0.2), walk(tiny_body, shape=shape_of(-5.0))
    fingers = random_fingers(len(source))
    handed = dataclasses.replace(source, pose=dataclasses.replace(source.pose, fingers=fingers))
    result = retarget(tiny_body, handed, target, facing=45.0, camera=camera_at(distance_m=8), trend_strength=0.01)
    assert result.motion.pose.fingers is not None
    assert torch.equal(result.motion.pose.fingers, fingers)


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [-120.0, 45.0, 90])
def test_degrees_turn_the_motion(tiny_body: BodyModel, degrees: float) -> None:
    source, target = walk(tiny_body, heading_rad=0.2), walk(tiny_body)
    heading = mean_heading_rad(retarget(tiny_body, source, target, facing=degrees).motion)
    assert math.remainder(heading - 0.2 - math.radians(degrees), math.tau) == pytest.approx(0, abs=1e-3)


def test_the_motion_can_face_as_the_target_does(tiny_body: BodyModel) -> None:
    source, target = walk(tiny_body, heading_rad=1.9), walk(tiny_body, heading_rad=-0.4)
    result = retarget(tiny_body, source, target, facing="target", source_camera=camera_at())
    assert mean_heading_rad(result.motion) == pytest.approx(-0.4, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("fps", [5, 30, 120])
@pytest.mark.parametrize("heading_rad", [0.0, 1.2])
def test_planted_feet_of_a_sliding_walk_do_not_slide(tiny_body: BodyModel, fps: float, heading_rad: float) -> None:
    source = walk(tiny_body, fps=fps, slide_m_per_s=0.3, noise=0.02, heading_rad=heading_rad, seconds=5)
    target = walk(tiny_body, shape=shape_of(-4.0, 1.0, 2.0))
    result = retarget(tiny_body, source, target, source_camera=camera_at(x_m=0.5))
    assert result.foot_skate_cm_per_s < 5
    assert result.foot_skate_p90_cm_per_s < 15
    assert result.motion.foot_contacts.any(1).float().mean() > 0.5
    assert len(result.motion) == len(source)
    assert result.motion.fps == source.fps
    assert posed(tiny_body, result.motion).joints_m.isfinite().all()


@pytest.mark.slow
def test_straightening_a_shaken_path_brings_the_body_nearer_to_the_truth_and_lets_no_foot_slide(
    tiny_body: BodyModel,
) -> None:
    true = walk(tiny_body, seconds=5)
    path = true.pose.root_position_m
    shaken_path = path + 0.02 * torch.randn(path.shape, generator=torch.Generator().manual_seed(0))
    pose = BodyPose(parent_from_joint=true.pose.parent_from_joint, root_position_m=shaken_path)
    shaken = dataclasses.replace(true, pose=pose)
    joints = [
        posed(tiny_body, retarget(tiny_body, shaken, true, trend_strength=strength).motion).joints_m
        for strength in (0.0, 0.01)
    ]
    error, straightened_error = ((j - posed(tiny_body, true).joints_m).norm(dim=-1).mean() for j in joints)
    assert straightened_error < 0.7 * error
    acceleration, straightened_acceleration = (j.diff(n=2, dim=0).norm(dim=-1).mean() for j in joints)
    assert straightened_acceleration < 0.4 * acceleration
    assert retarget(tiny_body, shaken, true, trend_strength=0.01).foot_skate_cm_per_s < 5


@pytest.mark.slow
def test_the_whole_body_stays_inside_the_picture(tiny_body: BodyModel) -> None:
    source = walk(tiny_body, heading_rad=1.5, seconds=10)
    target, camera = walk(tiny_body, seconds=1), camera_at(distance_m=4.0)
    result = retarget(tiny_body, source, target, camera=camera)
    mesh = posed(tiny_body, result.motion).vertices_m()
    columns = camera.project(mesh)[0][..., 0]
    assert columns.min() > 0
    assert columns.max() < camera.size.width
    assert any("narrowed" in note for note in result.notes)


def test_nobody_leans_more_than_before(tiny_body: BodyModel) -> None:
    source = walk(tiny_body, slide_m_per_s=0.3, noise=0.02)
    target = walk(tiny_body, shape=shape_of(3.0))
    before = lean_rad(posed(tiny_body, source).joints_m)
    after = lean_rad(posed(tiny_body, retarget(tiny_body, source, target).motion).joints_m)
    assert (after - before).max() < math.radians(1)


def test_a_jump_of_a_shorter_person_is_as_much_lower(tiny_body: BodyModel) -> None:
    still = walk(tiny_body, seconds=2)
    rotations = still.pose.parent_from_joint[:1].expand(60, 24, 3, 3)
    root = still.pose.root_position_m[:1].repeat(60, 1)
    root[20:40, 1] += 0.4 * torch.sin(torch.linspace(0, torch.pi, 20))
    contacts = torch.ones(60, 2, dtype=torch.bool)
    contacts[20:40] = False
    pose = BodyPose(parent_from_joint=rotations, root_position_m=root)
    jump = dataclasses.replace(still, pose=pose, foot_contacts=contacts)
    result = retarget(tiny_body, jump, walk(tiny_body, shape=shape_of(-5.0)))
    height = result.motion.pose.root_position_m[:, 1]
    assert float(height.max() - height[:15].mean()) == pytest.approx(0.88 * 0.4, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_clip_of_a_few_frames_works(tiny_body: BodyModel, frames: int) -> None:
    source = walk(tiny_body, seconds=frames / 30)
    result = retarget(tiny_body, source, walk(tiny_body))
    assert len(result.motion) == frames
    assert posed(tiny_body, result.motion).joints_m.isfinite().all()
    if frames == 1:
        assert math.isnan(result.foot_skate_cm_per_s)
        assert any("No foot" in note for note in result.notes)


@pytest.mark.slow
def test_everything_stays_finite_for_wild_poses(tiny_body: BodyModel) -> None:
    source = walk(tiny_body, noise=1.0)
    motion = retarget(tiny_body, source, walk(tiny_body, shape=shape_of(-10.0, 0, 3.0))).motion
    assert motion.pose.root_position_m.isfinite().all()
    determinant = torch.linalg.det(motion.pose.parent_from_joint)
    assert torch.allclose(determinant, torch.ones_like(determinant), atol=1e-3)
    assert roma.is_rotation_matrix(motion.pose.parent_from_joint, epsilon=1e-3)


def in_one_piece(
    source: BodyMotion, camera: Camera | None, source_body: ShapedBody, target: TargetScene, *, facing: str | float
) -> tuple[BodyPose, Tensor]:
    """The shipped steps written out as calls of their functions, with a strength of 0.01: pose and contacts."""
    ratio, fps, body = leg_length_ratio(source_body, target.body), source.fps, target.body
    turn = turn_rad(facing, source, camera, target.motion, target.camera)
    pose = turned(swap_shape(source.pose, ratio), turn)
    pose = resolve_self_collisions(pose, body, fps, smoothing_s=0.06)
    path = filter_trend(pose.root_position_m, fps, strength=0.01)
    pose = BodyPose(parent_from_joint=pose.parent_from_joint, root_position_m=path)
    mean_m = mean_ground_position_m(dataclasses.replace(source, pose=pose))
    pose, _ = place(pose, mean_m, target, depth_margin_m=0.3, picture_margin=0.02)
    lowest = lowest_sole_m(body, body.posed(pose).world_from_rest)
    root = pose.root_position_m.clone()
    root[:, 1] += height_correction_m(lowest, source.foot_contacts, fps, smoothing_s=0.2)
    pose = BodyPose(parent_from_joint=pose.parent_from_joint, root_position_m=root)
    contacts = detect_contacts(body.posed(pose).joints_m[:, ANKLES], fps, seeds=source.foot_contacts)
    return plant_feet(pose, body, contacts, fps, root_smoothing_s=0.15, ease_s=0.15), contacts


@pytest.mark.slow
@pytest.mark.parametrize("facing", ["source", "target", 40])
@pytest.mark.parametrize("source_camera", [None, camera_at(x_m=0.5)])
def test_the_shipped_steps_are_one_straight_line(
    tiny_body: BodyModel, facing: str | float, source_camera: Camera | None
) -> None:
    source = walk(tiny_body, slide_m_per_s=0.3, noise=0.05, heading_rad=0.4, seconds=3)
    other = walk(tiny_body, shape=shape_of(-4.0, 1.0, 2.0), heading_rad=-0.3)
    body, source_body = shape_body(tiny_body, other.shape), shape_body(tiny_body, source.shape)
    target = TargetScene(body=body, motion=other, camera=camera_at(distance_m=4.0))
    result = shipped(facing=facing, strength=0.01, skin_contacts=False)(source, source_camera, source_body, target)
    pose, contacts = in_one_piece(source, source_camera, source_body, target, facing=facing)
    assert torch.equal(result.motion.pose.parent_from_joint, pose.parent_from_joint)
    assert torch.equal(result.motion.pose.root_position_m, pose.root_position_m)
    assert torch.equal(result.motion.foot_contacts, contacts)


def test_without_steps_the_motion_stays_as_it_came(tiny_body: BodyModel) -> None:
    source = walk(tiny_body, heading_rad=0.4)
    body = shape_body(tiny_body, source.shape)
    scene = TargetScene(body=body, motion=walk(tiny_body), camera=camera_at())
    result = Retargeter(skin_contacts=False, steps={"left_out": None})(source, None, body, scene)
    assert result.motion.pose is source.pose
    assert result.motion.foot_contacts is source.foot_contacts


def test_steps_run_in_their_order_and_their_notes_are_gathered(tiny_body: BodyModel) -> None:
    def note(text: str) -> RetargetingStep:
        return lambda state: state.with_pose(state.pose, f"{text} after {len(state.notes)}")

    motion = walk(tiny_body)
    body = shape_body(tiny_body, motion.shape)
    scene = TargetScene(body=body, motion=motion, camera=camera_at())
    result = Retargeter(skin_contacts=False, steps={"b": note("first"), "a": note("second")})(motion, None, body, scene)
    assert result.notes == ("first after 0", "second after 1")


@pytest.mark.parametrize(
    ("step", "settings", "message"),
    [
        (FacingRotation, {"facing": "camera"}, "degrees"),
        (FacingRotation, {"facing": math.nan}, "degrees"),
        (ScenePlacement, {"depth_margin_m": 0.3, "picture_margin": 0.7}, "picture_margin"),
        (ScenePlacement, {"depth_margin_m": -1.0, "picture_margin": 0.0}, "depth_margin_m"),
        (FootPlanting, {"root_smoothing_s": 0.15, "ease_s": -1.0}, "ease_s"),
        (TrendFilter, {"strength": -1.0}, "strength"),
        (SelfCollisionResolver, {"smoothing_s": -1.0}, "smoothing_s"),
        (GroundAlignment, {"smoothing_s": math.inf}, "smoothing_s"),
    ],
)
def test_settings_that_make_no_sense_are_refused(step: type, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        step(**settings)
