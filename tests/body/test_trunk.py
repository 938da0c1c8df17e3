import math

import pytest
import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.body.trunk import ARM_M, LONGEST_EXIT_M, SPINE, measure_trunk
from motion_transfer.domain.body_motion import BodyPose, BodyShape


def clothed(model: BodyModel, trunk_m: float = 0.0) -> ShapedBody:
    offset = torch.zeros(24)
    offset[[joint(name) for name in SPINE]] = trunk_m
    return shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=offset))


def test_clothes_widen_the_trunk(tiny_body: BodyModel) -> None:
    thin, thick = (measure_trunk(clothed(tiny_body, offset_m)) for offset_m in (0.0, 0.05))
    for one, other in zip(thin.cylinders, thick.cylinders, strict=True):
        assert one.joint == other.joint
        assert (other.radii_m - one.radii_m > 0.02).all()


@pytest.mark.parametrize("turned_deg", [0.0, 70.0])
def test_a_point_in_the_trunk_is_pushed_to_where_an_arm_rests_on_it(tiny_body: BodyModel, turned_deg: float) -> None:
    body = clothed(tiny_body)
    trunk = measure_trunk(body)
    belly = trunk.cylinders[1]
    rotations = torch.eye(3).repeat(1, 24, 1, 1)
    rotations[:, 0] = roma.rotvec_to_rotmat(torch.tensor([0.0, math.radians(turned_deg), 0.0]))
    pose = BodyPose(parent_from_joint=rotations, root_position_m=torch.tensor([[0.3, 0.9, -1.0]]))
    world = body.posed(pose).world_from_rest
    x, z = belly.centre_m.tolist()
    width, height = float(belly.radii_m[0]), sum(belly.heights_m) / 2
    beside, rim = torch.tensor([x + 0.5 * width, height, z]), torch.tensor([x + width + ARM_M, height, z])
    start, goal = (world[:, belly.joint, :3, :3] @ p + world[:, belly.joint, :3, 3] for p in (beside, rim))
    assert torch.allclose(start + trunk.penetration_vectors_m(start, world), goal, atol=1e-5)
    assert (trunk.penetration_vectors_m(goal + 1.01 * (goal - start), world) == 0).all()


def test_a_point_in_the_trunk_leaves_it_along_the_direction_that_is_asked_for(tiny_body: BodyModel) -> None:
    body = clothed(tiny_body)
    trunk, world = measure_trunk(body), torch.eye(4).expand(1, 24, 4, 4).clone()
    world[:, :, :3, 3] = torch.tensor([0.3, 0.9, -1.0])
    belly = trunk.cylinders[1]
    x, z = belly.centre_m.tolist()
    depth, height = float(belly.radii_m[1]), sum(belly.heights_m) / 2
    behind = torch.tensor([x, height, z - 0.5 * depth]) + world[0, 0, :3, 3]
    points = torch.stack([behind, behind, behind + torch.tensor([0.0, 0.0, -2 * depth])])[None]
    forward, upward = torch.tensor([0.0, 0.0, 1.0]), torch.tensor([0.0, 1.0, 0.0])
    directions = torch.stack([forward, upward, forward])[None]
    forward_m, upward_m, outside_m = sum(piece.along_m(directions) for piece in trunk.entered(points, world))[0]
    assert torch.allclose(forward_m, (1.5 * depth + ARM_M) * forward, atol=1e-4)
    assert torch.allclose(upward_m, LONGEST_EXIT_M * upward), "along the spine there is no rim"
    assert (outside_m == 0).all()


def test_the_way_out_is_along_the_line_of_sight_unless_the_side_is_much_nearer(tiny_body: BodyModel) -> None:
    trunk, world = measure_trunk(clothed(tiny_body)), torch.eye(4).expand(1, 24, 4, 4)
    belly = trunk.cylinders[1]
    (x, z), (width, depth) = belly.centre_m.tolist(), (belly.radii_m + ARM_M).tolist()
    camera_m, middle = torch.tensor([x, 0.0, -50.0]), torch.tensor([x, sum(belly.heights_m) / 2, z])
    nearer_the_back, at_the_side = (
        middle + torch.tensor(off) for off in ([0.0, 0.0, 0.3 * depth], [0.9 * width, 0, 0])
    )
    points_m = torch.stack([nearer_the_back, nearer_the_back, at_the_side, middle + 3])[None]
    seen = torch.tensor([[True, False, True, True]])
    forward, backward, sideways, none = trunk.sight_exits_m(points_m, camera_m, seen, world)[0]
    assert torch.allclose(forward, torch.tensor([0.0, 0.0, -1.3 * depth]), atol=0.002), "a point that is seen"
    assert torch.allclose(backward, torch.tensor([0.0, 0.0, 0.7 * depth]), atol=0.002)
    assert torch.allclose(sideways, torch.tensor([0.1 * width, 0.0, 0.0]), atol=1e-4)
    assert (none == 0).all()
