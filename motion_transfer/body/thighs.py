"""Penetration of hands into thighs, which are two round cones from hip to knee."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import HIPS, KNEES
from motion_transfer.domain.value import value

ENDS = 0.25  # of a thigh's vertices, over which its radius at hip and at knee is measured
HALF_HAND_M = 0.015


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


def _from_segment(points: Tensor, start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest point of a segment as a fraction of its length, and the vector from there to each point."""
    axis = end - start
    fraction = (((points - start) * axis).sum(-1) / (axis * axis).sum(-1)).clamp(0, 1)
    return fraction, points - (start + fraction[..., None] * axis)
