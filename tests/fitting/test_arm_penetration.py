"""The picture shows a forearm in front of the trunk as it shows one inside it: the fit keeps arms out of trunks."""

from dataclasses import replace

import pytest
import torch
from jaxtyping import Float
from known_clips import FPS, estimated, exact_detections, known_camera, naked, pa_mpjpe_m, posed
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.body.trunk import measure_trunk
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.landmarks import Detections
from motion_transfer.geometry.rotations import shortest_rotation

pytestmark = pytest.mark.slow
FRAMES = 6
ELBOW, WRIST = joint("left_elbow"), joint("left_wrist")


def arm_across(model: BodyModel, *, forward: float) -> BodyMotion:
    """Facing the camera; the upper arm hangs and points forward by a slope, the forearm lies across the trunk."""
    upper, lower = torch.tensor([0.2, -1.0, forward]), torch.tensor([-1.0, 0.1, 0.0])
    rotations = torch.eye(3).repeat(FRAMES, 24, 1, 1)
    hanging = shortest_rotation(torch.tensor([1.0, 0.0, 0.0]), upper)
    rotations[:, joint("left_shoulder")] = hanging
    rotations[:, ELBOW] = hanging.mT @ shortest_rotation(upper, lower) @ hanging
    root_m = torch.tensor([0.0, -float(model.template_m[:, 1].min()), 0.0]).expand(FRAMES, 3)
    return BodyMotion(
        shape=naked(),
        pose=BodyPose(parent_from_joint=rotations, root_position_m=root_m),
        fps=FPS,
        confidence=torch.ones(FRAMES),
        foot_contacts=torch.ones(FRAMES, 2, dtype=torch.bool),
    )


def forearm_m(body: PosedBody) -> Float[Tensor, "frame 3"]:
    """The middle of the forearm."""
    return (body.joints_m[:, ELBOW] + body.joints_m[:, WRIST]) / 2


def depth_m(body: PosedBody) -> float:
    inside_m = measure_trunk(body.shaped).penetration_vectors_m(forearm_m(body), body.world_from_rest)
    return float(inside_m.norm(dim=-1).max())


def with_arm_confidence(detections: Detections, confidence: float) -> Detections:
    seen = detections.landmarks_2d.confidence.clone()
    seen[:, [detections.layout.index("left_elbow"), detections.layout.index("left_wrist")]] = confidence
    return replace(detections, landmarks_2d=replace(detections.landmarks_2d, confidence=seen))


@pytest.mark.parametrize("confidence", [1.0, 0.2])
def test_a_forearm_seen_in_the_trunk_is_brought_out_of_it(tiny_body: BodyModel, confidence: float) -> None:
    true = arm_across(tiny_body, forward=0.0)
    inside = with_arm_confidence(exact_detections(tiny_body, true, known_camera()), confidence)
    before, capture = depth_m(posed(tiny_body, true)), estimated(tiny_body, inside, iterations=60)
    after = posed(tiny_body, capture.motion)
    assert before > 0.07
    assert depth_m(after) < 0.5 * before
    assert capture.quality.reprojection_percent < 0.3, "the picture does not have to pay for it"
    if confidence == 1.0:
        assert (forearm_m(after)[:, 2] > after.joints_m[:, 0, 2]).all(), "an arm that is seen is in front"


def test_a_forearm_in_front_of_the_trunk_is_left_alone(tiny_body: BodyModel) -> None:
    true = arm_across(tiny_body, forward=1.2)
    found = estimated(tiny_body, exact_detections(tiny_body, true, known_camera()), iterations=60)
    assert depth_m(posed(tiny_body, found.motion)) == 0
    assert pa_mpjpe_m(posed(tiny_body, found.motion).joints_m, posed(tiny_body, true).joints_m).max() < 0.03
