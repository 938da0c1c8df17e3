import pytest
import roma
import torch
from tiny_walks import shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import ANKLES, HIPS, KNEES
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.retargeting.leg_ik import move_ankles


@pytest.fixture
def pose(tiny_body: BodyModel) -> BodyPose:
    return walk(tiny_body, noise=0.05, heading_rad=0.4).pose


def posed(model: BodyModel, pose: BodyPose) -> PosedBody:
    return shape_body(model, shape_of()).posed(pose)


def test_ankles_arrive_and_hips_and_feet_keep_their_place(tiny_body: BodyModel, pose: BodyPose) -> None:
    before = posed(tiny_body, pose)
    wanted = before.joints_m[:, ANKLES] + 0.05 * torch.rand(len(before.joints_m), 2, 3)
    wanted[..., 1] += 0.05
    after = posed(tiny_body, move_ankles(pose, before, wanted))
    assert torch.allclose(after.joints_m[:, ANKLES], wanted, atol=1e-4)
    assert torch.allclose(after.joints_m[:, HIPS], before.joints_m[:, HIPS], atol=1e-6)
    turn = roma.rotmat_geodesic_distance(
        after.world_from_rest[:, ANKLES, :3, :3], before.world_from_rest[:, ANKLES, :3, :3]
    )
    assert turn.max() < 2e-3


def test_ankles_that_stay_change_nothing(tiny_body: BodyModel, pose: BodyPose) -> None:
    before = posed(tiny_body, pose)
    same = move_ankles(pose, before, before.joints_m[:, ANKLES])
    assert roma.rotmat_geodesic_distance(same.parent_from_joint, pose.parent_from_joint).max() < 1e-2


def test_bent_knees_stay_in_their_plane(tiny_body: BodyModel, pose: BodyPose) -> None:
    before = posed(tiny_body, pose)
    hip, knee, ankle = before.joints_m[:, HIPS], before.joints_m[:, KNEES], before.joints_m[:, ANKLES]
    normal = torch.nn.functional.normalize(torch.linalg.cross(knee - hip, ankle - hip), dim=-1)
    raised = ankle + 0.1 * torch.nn.functional.normalize(hip - ankle, dim=-1)
    after = posed(tiny_body, move_ankles(pose, before, raised))
    off_plane = ((after.joints_m[:, KNEES] - hip) * normal).sum(-1).abs()
    bent = torch.linalg.cross(knee - hip, ankle - hip).norm(dim=-1) > 0.03
    assert off_plane[bent].max() < 0.005


def test_straight_legs_bend_their_knees_forward(tiny_body: BodyModel) -> None:
    still = BodyPose(parent_from_joint=torch.eye(3).expand(1, 24, 3, 3), root_position_m=torch.zeros(1, 3))
    before = posed(tiny_body, still)
    raised = before.joints_m[:, ANKLES] + torch.tensor([0.0, 0.2, 0.0])
    after = posed(tiny_body, move_ankles(still, before, raised)).joints_m
    assert (after[:, KNEES, 2] > 0.15).all()
    assert torch.allclose(after[:, KNEES, 0], before.joints_m[:, KNEES, 0], atol=0.01)


def test_out_of_reach_the_leg_points_there_and_stays_whole(tiny_body: BodyModel, pose: BodyPose) -> None:
    before = posed(tiny_body, pose)
    far = before.joints_m[:, HIPS] + torch.tensor([0.3, -3.0, 0.5])
    after = posed(tiny_body, move_ankles(pose, before, far)).joints_m
    line = after[:, ANKLES] - before.joints_m[:, HIPS]
    direction = torch.nn.functional.cosine_similarity(line, torch.tensor([0.3, -3.0, 0.5]).expand_as(line), dim=-1)
    assert direction.min() > 0.9999
    lengths = (after[:, 4] - after[:, 1]).norm(dim=-1) + (after[:, 7] - after[:, 4]).norm(dim=-1)
    assert (line[:, 0].norm(dim=-1) <= 0.9995 * lengths).all()
    assert after.isfinite().all()


def test_an_ankle_wanted_in_the_hip_stays_finite(tiny_body: BodyModel, pose: BodyPose) -> None:
    before = posed(tiny_body, pose)
    folded = move_ankles(pose, before, before.joints_m[:, HIPS])
    assert folded.parent_from_joint.isfinite().all()
