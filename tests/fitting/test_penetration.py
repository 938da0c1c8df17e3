"""The picture shows a hand on a thigh as it shows one inside it: the penetration term keeps hands out of thighs."""

import math

import pytest
import roma
import torch
from known_clips import FPS, estimated, exact_detections, known_camera, make_refiner, naked, pa_mpjpe_m, posed

from motion_transfer.body.arms import hand_points_m
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import HANDS, WRISTS, joint
from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.body.thighs import measure_thighs
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, Capture
from motion_transfer.geometry.rotations import shortest_rotation

pytestmark = pytest.mark.slow
FRAMES = 6


def sitting(model: BodyModel, *, above_thighs_m: float) -> BodyMotion:
    """Facing the camera with the hands so far above the axes of the thighs."""
    rotations = torch.eye(3).repeat(FRAMES, 24, 1, 1)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rotations[:, joint(f"{side}_hip")] = roma.rotvec_to_rotmat(torch.tensor([-math.pi / 2, 0.0, 0.0]))
        rotations[:, joint(f"{side}_knee")] = roma.rotvec_to_rotmat(torch.tensor([math.pi / 2, 0.0, 0.0]))
        ahead = math.sqrt(0.61**2 - 0.08**2 - (0.52 - above_thighs_m) ** 2)  # arms have their length
        to_hand = torch.tensor([-0.08 * sign, above_thighs_m - 0.52, ahead])
        rotations[:, joint(f"{side}_shoulder")] = shortest_rotation(torch.tensor([sign, 0.0, 0.0]), to_hand)
    return BodyMotion(
        shape=naked(),
        pose=BodyPose(parent_from_joint=rotations, root_position_m=torch.tensor([0.0, 0.5, 0.0]).expand(FRAMES, 3)),
        fps=FPS,
        confidence=torch.ones(FRAMES),
        foot_contacts=torch.ones(FRAMES, 2, dtype=torch.bool),
    )


def deepest_hand_m(model: BodyModel, motion: BodyMotion) -> float:
    body = posed(model, motion)
    hands = hand_points_m(body.joints_m[:, WRISTS], body.joints_m[:, HANDS])
    thighs = measure_thighs(body.shaped)
    return float(thighs.penetration_vectors_m(hands, body.joints_m).norm(dim=-1).max())


def refitted(model: BodyModel, motion: BodyMotion) -> tuple[Capture, Capture]:
    """Fitted to landmarks, and then refined to the surface that this fit has, as registration does: without the
    penetration term and with it."""
    capture = estimated(model, exact_detections(model, motion, known_camera()), iterations=60)
    vertices = torch.arange(0, len(model.template_m), 5).expand(FRAMES, -1)
    seen_px, _ = capture.camera.project(posed(model, capture.motion).vertices_m()[:, vertices[0]])
    weights = torch.full(vertices.shape, 1 / vertices.shape[1])
    targets = SurfaceTargets(frames=torch.arange(FRAMES), vertex=vertices, xy_px=seen_px, weights=weights)
    without, with_term = (make_refiner(model, iterations=60, penetration=weight) for weight in (0.0, 0.1))
    return without(capture, targets, advance=lambda: None), with_term(capture, targets, advance=lambda: None)


def test_hands_seen_in_thighs_are_laid_onto_them(tiny_body: BodyModel) -> None:
    inside = sitting(tiny_body, above_thighs_m=0.04)
    without, with_term = refitted(tiny_body, inside)
    assert deepest_hand_m(tiny_body, without.motion) > 0.03
    assert deepest_hand_m(tiny_body, with_term.motion) < 0.5 * deepest_hand_m(tiny_body, without.motion)
    assert with_term.quality.reprojection_percent < 1.0, "the picture does not have to pay for it"


def test_hands_over_thighs_are_left_alone(tiny_body: BodyModel) -> None:
    over = sitting(tiny_body, above_thighs_m=0.15)
    without, with_term = (capture.motion for capture in refitted(tiny_body, over))
    assert deepest_hand_m(tiny_body, without) == 0
    assert pa_mpjpe_m(posed(tiny_body, with_term).joints_m, posed(tiny_body, without).joints_m).max() < 0.01
