"""The ground is under the lowest foot, also of somebody who never stands on both."""

from dataclasses import replace

import pytest
import torch
from known_clips import known_camera, made_up_dance, naked

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.support import lowest_point_m
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.fitting.ground_alignment import horizontal_camera, stand_on_ground
from motion_transfer.fitting.state import FitState

CAMERA = horizontal_camera(known_camera().size, 0.95)


def hovering(model: BodyModel, above_m: float) -> FitState:
    """A dance three metres before a camera at the origin, over a ground that lies too low."""
    motion = made_up_dance(model)
    root = motion.pose.root_position_m + torch.tensor([0.0, -1.2, -3.0])
    body = shape_body(model, naked()).posed(
        BodyPose(parent_from_joint=motion.pose.parent_from_joint, root_position_m=root)
    )
    level = float(lowest_point_m(body.shaped, body.world_from_rest).quantile(0.05))
    return FitState(
        betas=torch.zeros(10),
        parent_from_joint=motion.pose.parent_from_joint,
        root_position_m=root,
        ground=torch.tensor([level - above_m, 0.0]),
    )


def points_m(model: BodyModel, state: FitState) -> torch.Tensor:
    pose = BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
    return shape_body(model, naked()).posed(pose).joints_m


@pytest.mark.parametrize("above_m", [0.43, -0.2])
def test_a_ground_that_no_foot_reaches_is_moved_and_the_picture_stays(tiny_body: BodyModel, above_m: float) -> None:
    start = hovering(tiny_body, above_m)
    seen = torch.ones(len(start.root_position_m), dtype=torch.bool)
    state, camera, notes = stand_on_ground(tiny_body, start, CAMERA, seen)
    pose = BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
    body = shape_body(tiny_body, naked()).posed(pose)
    assert float(lowest_point_m(body.shaped, body.world_from_rest).quantile(0.05)) == pytest.approx(0, abs=1e-4)
    before, after = CAMERA.project(points_m(tiny_body, start))[0], camera.project(points_m(tiny_body, state))[0]
    torch.testing.assert_close(before, after, atol=1e-2, rtol=0)
    assert notes == (
        f"the ground that was found lay {round(100 * abs(above_m))} cm off the lowest foot, and was moved to it",
    )


def test_a_ground_that_feet_reach_is_believed(tiny_body: BodyModel) -> None:
    start = hovering(tiny_body, 0.04)
    seen = torch.ones(len(start.root_position_m), dtype=torch.bool)
    state, _, notes = stand_on_ground(tiny_body, start, CAMERA, seen)
    assert notes == ()
    heights = points_m(tiny_body, start)[..., 1] - start.ground[0]
    torch.testing.assert_close(points_m(tiny_body, state)[..., 1], heights, atol=1e-5, rtol=0)


def test_frames_without_a_person_say_nothing_of_the_ground(tiny_body: BodyModel) -> None:
    start = hovering(tiny_body, 0.0)
    root, seen = start.root_position_m.clone(), torch.ones(len(start.root_position_m), dtype=torch.bool)
    root[:10, 1] -= 1.0
    seen[:10] = False
    assert stand_on_ground(tiny_body, replace(start, root_position_m=root), CAMERA, seen)[2] == ()
