import subprocess
import sys

import pytest
import roma
import torch
from smplx.lbs import batch_rigid_transform
from torch import Tensor

from motion_transfer.body.kinematics import LEVELS, forward_kinematics, levels
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import skinning_transforms
from motion_transfer.body.skeleton import PARENTS

FRAMES = 5


def random_inputs() -> tuple[Tensor, Tensor, Tensor]:
    """Rest joints, rotations and root positions that take gradients."""
    generator = torch.Generator().manual_seed(4)
    rest = torch.randn(24, 3, generator=generator) / 3
    turns = torch.randn(FRAMES, 24, 3, generator=generator)
    root = torch.randn(FRAMES, 3, generator=generator)
    return rest.requires_grad_(), roma.rotvec_to_rotmat(turns).requires_grad_(), root.requires_grad_()


def by_smplx(rest: Tensor, rotations: Tensor, root: Tensor) -> tuple[Tensor, Tensor]:
    """What smplx makes of the same inputs; it leaves the pelvis where it rests."""
    joints, world = batch_rigid_transform(rotations, rest.expand(FRAMES, -1, -1), torch.tensor(PARENTS))
    shift = root - rest[0]
    return world + torch.nn.functional.pad(shift[:, None, :, None], (3, 0, 0, 1)), joints + shift[:, None]


def test_transforms_and_joints_equal_those_of_smplx() -> None:
    for found, expected in zip(skinning_transforms(*random_inputs()), by_smplx(*random_inputs()), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_gradients_equal_those_of_smplx() -> None:
    weights = torch.randn(FRAMES, 24, 4, 4, generator=torch.Generator().manual_seed(5)) / 30
    gradients = []
    for pose in (skinning_transforms, by_smplx):
        inputs = random_inputs()
        world, joints = pose(*inputs)
        ((world[:, :, :3] * weights[:, :, :3]).sum() + (joints * weights[..., 3, :3]).sum()).backward()
        gradients.append([one.grad for one in inputs])
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_each_joint_lies_at_its_rest_offset_from_its_parent() -> None:
    rest, rotations, _ = random_inputs()
    world, positions = forward_kinematics(rest, rotations)
    assert (positions[:, 0] == 0).all()
    for j, parent in enumerate(PARENTS[1:], start=1):
        step = (world[:, parent] @ (rest[j] - rest[parent])[:, None])[..., 0]
        torch.testing.assert_close(positions[:, j] - positions[:, parent], step, rtol=0, atol=1e-6)
        torch.testing.assert_close(world[:, j], world[:, parent] @ rotations[:, j], rtol=0, atol=1e-6)


def test_levels_hold_every_joint_below_the_pelvis_once_and_after_its_parent() -> None:
    seen, above = [0], [0]
    for joints, parents in LEVELS:
        level = list(range(24))[joints]
        assert [above[index] for index in parents.tolist()] == [PARENTS[j] for j in level]
        seen, above = seen + level, level
    assert seen == list(range(24))


def test_joints_that_are_not_numbered_by_depth_are_refused() -> None:
    with pytest.raises(ValueError, match="depth"):
        levels((-1, 0, 1, 0))


def test_posing_works_in_double_precision(tiny_body: BodyModel) -> None:
    rest, rotations, root = (one.detach().double() for one in random_inputs())
    world, joints = skinning_transforms(rest, rotations, root)
    assert world.dtype == joints.dtype == torch.float64
    at_joints = (world[..., :3, :3] @ rest[..., None])[..., 0] + world[..., :3, 3]
    torch.testing.assert_close(at_joints, joints, rtol=0, atol=1e-12)


@pytest.mark.subprocess
def test_a_body_is_built_and_posed_without_smplx() -> None:
    """In a process of its own, because the other tests import it: its licence forbids commercial use."""
    code = """if True:
        import sys, torch
        from motion_transfer.body.posing import shape_body
        from motion_transfer.domain.body_motion import BodyPose, BodyShape
        from motion_transfer.files.bodies import load_body
        shape = BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24))
        pose = BodyPose(parent_from_joint=torch.eye(3).repeat(1, 24, 1, 1), root_position_m=torch.zeros(1, 3))
        shape_body(load_body("tiny", None), shape).posed(pose).vertices_m()
        assert "smplx" not in sys.modules
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
