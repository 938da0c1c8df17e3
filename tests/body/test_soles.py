import pytest
import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import PARTS
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyPose, BodyShape


@pytest.mark.parametrize("foot", [0, 1])
def test_the_lowest_sole_point_is_the_lowest_of_the_whole_foot(tiny_body: BodyModel, foot: int) -> None:
    betas = torch.linspace(1, -0.5, 10)
    body = shape_body(tiny_body, BodyShape(betas=betas, clothing_offset_m=torch.full((24,), 0.01)))
    turns = torch.zeros(80, 24, 3)
    turns[:, [7, 8]] = 0.5 * torch.randn(80, 2, 3, generator=torch.Generator().manual_seed(2))
    pose = BodyPose(parent_from_joint=roma.rotvec_to_rotmat(turns), root_position_m=torch.zeros(80, 3))
    posed = body.posed(pose)
    part = PARTS.index(("left_foot", "right_foot")[foot])
    expected = posed.vertices_m()[:, tiny_body.part_of_vertex == part, 1].amin(1)
    found = lowest_sole_m(body, posed.world_from_rest)[:, foot]
    assert (found - expected).min() >= -1e-6
    assert (found - expected).max() < 0.015
