import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.synthetic.leg_kinematics import leg_joints, place_foot


def test_the_solved_leg_brings_the_ankle_and_the_foot_to_their_targets(tiny_body: BodyModel) -> None:
    shaped = shape_body(tiny_body, BodyShape(betas=torch.linspace(-1, 1, 10), clothing_offset_m=torch.zeros(24)))
    generator = torch.Generator().manual_seed(0)
    frames = 50
    pelvis = roma.rotvec_to_rotmat(0.3 * torch.randn(frames, 3, generator=generator))
    foot = roma.rotvec_to_rotmat(torch.randn(frames, 3, generator=generator) * torch.tensor([0.1, 0.8, 0.1]))
    joints = leg_joints("left")
    rest = shaped.rest_joints_m
    hip = (pelvis @ (rest[joints[0]] - rest[0])) + 1.0
    down = torch.tensor([0.0, -0.65, 0.0]) + 0.05 * torch.randn(frames, 3, generator=generator)
    leg = place_foot(rest[list(joints)], pelvis, hip, hip + down, foot)

    rotations = torch.eye(3).repeat(frames, 24, 1, 1)
    rotations[:, 0] = pelvis
    for index, rotation in zip(joints, (leg.hip, leg.knee, leg.ankle), strict=True):
        rotations[:, index] = rotation
    posed = shaped.posed(BodyPose(parent_from_joint=rotations, root_position_m=torch.ones(frames, 3)))
    assert torch.allclose(posed.joints_m[:, joints[2]], hip + down, atol=1e-4)
    assert torch.allclose(posed.world_from_rest[:, joint("left_foot"), :3, :3], foot, atol=1e-4)


def test_a_target_out_of_reach_straightens_the_leg_toward_it() -> None:
    rest = torch.tensor([[0.0, 0, 0], [0, -0.4, 0], [0, -0.8, 0]])
    eye = torch.eye(3)[None]
    leg = place_foot(rest, eye, torch.zeros(1, 3), torch.tensor([[0.0, -2.0, 0.0]]), eye)
    assert torch.allclose(leg.knee, eye, atol=0.01)
    assert torch.allclose(leg.hip, eye, atol=0.01)
