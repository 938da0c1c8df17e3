"""Hard frames are those in unusual poses, and those in which the body hides itself."""

import torch
from tiny_walks import camera_at, shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.datasets.difficulty import frame_difficulty, hidden_fraction
from motion_transfer.geometry.rotations import rotation_about_vertical

FACES = torch.tensor([[0, 2, 1], [1, 2, 3], [4, 6, 5], [5, 6, 7]])  # wound to face a camera on the +z side


def two_panels(second_x_m: float) -> torch.Tensor:
    """Two unit squares that face the camera, the second one half a metre behind and to the side."""
    corners = torch.tensor([[0.0, 2.0, 0.0], [1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    return torch.cat([corners, corners + torch.tensor([second_x_m, 0.0, -0.5])])[None]


def test_the_hidden_share_is_that_of_the_area_behind_other_parts() -> None:
    camera = camera_at(x_m=0.5, distance_m=500.0, focal_px=60000.0)  # so far that perspective is nothing
    apart, behind, half = (float(hidden_fraction(two_panels(x), FACES, camera)) for x in (1.5, 0.0, 0.5))
    assert apart < 0.05
    assert abs(behind - 0.5) < 0.05
    assert abs(half - 0.25) < 0.05


def test_a_body_seen_from_the_side_hides_more_and_an_unusual_pose_is_harder(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, seconds=1)
    body, pose = shape_body(tiny_body, shape_of()), motion.pose
    usual = frame_difficulty(body, pose, camera_at())
    assert usual.shape == (30,)
    rotations = pose.parent_from_joint.clone()
    rotations[7, 0] = rotation_about_vertical(torch.tensor(torch.pi / 2)) @ rotations[7, 0]
    turned = type(pose)(parent_from_joint=rotations, root_position_m=pose.root_position_m)
    assert frame_difficulty(body, turned, camera_at()).argmax() == 7
