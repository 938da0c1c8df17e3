"""Two-bone inverse kinematics against the triangle that its bones have to form."""

import torch
from torch import Tensor

from motion_transfer.body.two_bone_ik import solve_two_bone_ik

NEAR_M, FAR_M = 0.4, 0.3
SIDEWAYS = torch.tensor([[1.0, 0.0, 0.0]])


def solved(target_m: tuple[float, float, float], *, bend_m: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """A limb that hangs from the origin, its middle a little in front of the line from start to end."""
    middle = torch.tensor([[0.0, -((NEAR_M**2 - bend_m**2) ** 0.5), bend_m]])
    end = middle - torch.tensor([[0.0, (FAR_M**2 - bend_m**2) ** 0.5, bend_m]])
    reach_m = torch.tensor([NEAR_M + FAR_M])
    return solve_two_bone_ik(torch.zeros(1, 3), middle, end, torch.tensor([target_m]), SIDEWAYS, reach_m)


def test_the_end_arrives_and_bones_keep_their_lengths() -> None:
    for target in ((0.1, -0.5, 0.2), (0.0, -0.3, -0.3), (0.4, 0.1, 0.0)):
        for bend_m in (0.0, 0.1):
            middle, end, _ = solved(target, bend_m=bend_m)
            torch.testing.assert_close(end[0], torch.tensor(target))
            torch.testing.assert_close(middle.norm(), torch.tensor(NEAR_M))
            torch.testing.assert_close((end - middle).norm(), torch.tensor(FAR_M))


def test_a_straight_limb_bends_across_the_axis_that_is_given() -> None:
    """A right angle between the bones: Pythagoras gives the distance, similar triangles how far the middle is ahead."""
    distance = (NEAR_M**2 + FAR_M**2) ** 0.5
    middle, _, _ = solved((0.0, -distance, 0.0))
    ahead, along = NEAR_M * FAR_M / distance, NEAR_M**2 / distance
    torch.testing.assert_close(middle[0], torch.tensor([0.0, -along, ahead]), atol=1e-6, rtol=0)


def test_the_plane_of_a_bent_limb_swings_with_the_line_to_its_end() -> None:
    middle, _, swing = solved((0.5, 0.0, 0.0), bend_m=0.1)
    torch.testing.assert_close(swing[0] @ torch.tensor([0.0, -1.0, 0.0]), torch.tensor([1.0, 0, 0]), atol=1e-6, rtol=0)
    assert middle[0, 2] > 0.1
    assert abs(float(middle[0, 1])) < 1e-6


def test_out_of_reach_and_too_near_the_limb_does_what_it_can() -> None:
    _, far_end, _ = solved((0.0, -9.0, 0.0))
    torch.testing.assert_close(far_end, torch.tensor([[0.0, -(NEAR_M + FAR_M), 0.0]]))
    middle, near_end, _ = solved((0.0, -0.001, 0.0))
    assert float(near_end.norm()) >= NEAR_M - FAR_M
    torch.testing.assert_close((near_end - middle).norm(), torch.tensor(FAR_M))
