"""The adversarial prior of HMR: one discriminator for each joint's rotation and one for the whole pose (least squares).

A pose can agree with every landmark and still be one that nobody takes; real poses say which those are.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.body.skeleton import JOINTS

WIDTH, WHOLE = 32, 512
JUDGED = len(JOINTS) - 1  # all but the pelvis, whose turn is the camera's matter


class PosePrior(nn.Module):
    """Rotations -> how real each joint's and the whole pose look; 1 for real."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Sequential(nn.Linear(9, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        self.of_joints = nn.Parameter(0.1 * torch.randn(JUDGED, WIDTH))
        self.joint_offsets = nn.Parameter(torch.zeros(JUDGED))
        self.of_whole = nn.Sequential(
            nn.Linear(JUDGED * WIDTH, WHOLE), nn.ReLU(), nn.Linear(WHOLE, WHOLE), nn.ReLU(), nn.Linear(WHOLE, 1)
        )

    def forward(self, parent_from_joint: Float[Tensor, "pose joint 3 3"]) -> Float[Tensor, "pose judgement"]:
        """A judgement for each joint but the pelvis, and one for the whole."""
        read = self.read(parent_from_joint[:, 1:].flatten(2))
        joints = (read * self.of_joints).sum(-1) + self.joint_offsets
        return torch.cat([joints, self.of_whole(read.flatten(1))], 1)

    def loss(self, real: Float[Tensor, "some joint 3 3"], found: Float[Tensor, "pose joint 3 3"]) -> Float[Tensor, ""]:
        """What the discriminators lower: real poses should give 1, found ones 0."""
        return (self(real) - 1).square().mean() + self(found.detach()).square().mean()

    def unnaturalness(self, found: Float[Tensor, "pose joint 3 3"]) -> Float[Tensor, ""]:
        """What the network lowers: found poses should look real."""
        return (self(found) - 1).square().mean()
