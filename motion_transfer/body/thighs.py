"""Penetration of hands into thighs, which are two round cones from hip to knee."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import COLLARS, ELBOWS, HANDS, HIPS, KNEES, SHOULDERS, WRISTS
from motion_transfer.domain.value import value

ENDS = 0.25  # of a thigh's vertices, over which its radius at hip and at knee is measured
HALF_HAND_M = 0.015
ALONG_HAND = (0.0, 0.5, 1.0, 1.6)  # fractions of the line from wrist to knuckles; the last lies in the fingers
ARMS = (SHOULDERS, ELBOWS, WRISTS, HANDS)


@value
class Thighs:
    """Two round cones from hip to knee.

    Attributes:
        radii_m: of the surface at hip and knee.
    """

    radii_m: Float[Tensor, "side 2"]

    def penetration_vectors_m(
        self, points_m: Float[Tensor, "frame point 3"], joints_m: Float[Tensor, "frame joint 3"]
    ) -> Float[Tensor, "frame point side 3"]:
        """The shortest vector from each point to where a hand rests on each thigh; zero for points outside."""
        hip, knee = joints_m[:, None, HIPS], joints_m[:, None, KNEES]
        fraction, off = _from_segment(points_m[:, :, None], hip, knee)
        radius = self.radii_m[:, 0].lerp(self.radii_m[:, 1], fraction) + HALF_HAND_M
        distance = off.norm(dim=-1).clamp(min=1e-3)
        return off * torch.relu(radius / distance - 1)[..., None]


def measure_thighs(body: ShapedBody) -> Thighs:
    """The thighs of a body at rest, clothes included."""
    rest_joints_m, owner = body.rest_joints_m, body.model.weights.argmax(1)
    radii = []
    for hip, knee in zip(HIPS, KNEES, strict=True):
        of_thigh = body.rest_vertices_m[owner == hip]
        fraction, off = _from_segment(of_thigh, rest_joints_m[hip], rest_joints_m[knee])
        downward = off.norm(dim=-1)[fraction.argsort()]
        end = max(1, int(ENDS * len(downward)))
        radii.append(torch.stack([downward[:end].median(), downward[-end:].median()]))
    return Thighs(radii_m=torch.stack(radii))


def hand_points_m(
    wrist_m: Float[Tensor, "frame side 3"], knuckles_m: Float[Tensor, "frame side 3"]
) -> Float[Tensor, "frame point 3"]:
    """Points along the left and then the right hand."""
    along = torch.tensor(ALONG_HAND)[:, None]
    return (wrist_m[:, :, None] + along * (knuckles_m - wrist_m)[:, :, None]).flatten(1, 2)


def arm_driven_joints(
    joints_m: Float[Tensor, "frame joint 3"],
    parent_from_joint: Float[Tensor, "frame joint 3 3"],
    world_from_rest: Float[Tensor, "frame joint 4 4"],
) -> Float[Tensor, "4 frame side 3"]:
    """Shoulders, elbows, wrists and knuckles where they are, but with gradients that reach the arms' rotations only."""
    bones = joints_m.detach()
    positions_m = [bones[:, SHOULDERS]]
    turn = world_from_rest[:, COLLARS, :3, :3].detach()
    for start, end in zip(ARMS, ARMS[1:], strict=False):
        resting = world_from_rest[:, start, :3, :3].detach().mT @ (bones[:, end] - bones[:, start])[..., None]
        turn = turn @ parent_from_joint[:, start]
        positions_m.append(positions_m[-1] + (turn @ resting)[..., 0])
    return torch.stack(positions_m)


def _from_segment(points: Tensor, start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest point of a segment as a fraction of its length, and the vector from there to each point."""
    axis = end - start
    fraction = (((points - start) * axis).sum(-1) / (axis * axis).sum(-1)).clamp(0, 1)
    return fraction, points - (start + fraction[..., None] * axis)
