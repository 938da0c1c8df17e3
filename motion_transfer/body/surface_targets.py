"""Correspondences between the body's surface and the picture, which registration finds and the fit uses."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.value import value


@value
class SurfaceTargets:
    """Vertices of the body and the pixels of the full frame that show them, in those frames of a clip that have any.

    Attributes:
        frames: their numbers in the clip, in order.
        weights: confidence in each point; 0 pads frames with fewer points than others.
    """

    frames: Int[Tensor, "shown"]
    vertex: Int[Tensor, "shown point"]
    xy_px: Float[Tensor, "shown point 2"]
    weights: Float[Tensor, "shown point"]


@value
class SurfacePoints:
    """Vertices of a body, some in each frame, ready to be skinned: a fit does that in every step.

    Attributes:
        rest: where they are at rest, metres, with a fourth coordinate of 1.
        joint_weights: how much each joint moves them.
    """

    rest: Float[Tensor, "frame point 4"]
    joint_weights: Float[Tensor, "frame point joint"]

    @staticmethod
    def of(body: ShapedBody, vertex: Int[Tensor, "frame point"]) -> "SurfacePoints":
        """The points at these vertices."""
        rest = torch.nn.functional.pad(body.rest_vertices_m, (0, 1), value=1.0)
        return SurfacePoints(rest=rest[vertex], joint_weights=body.model.weights[vertex])

    def skinned(self, world_from_rest: Float[Tensor, "frame joint 4 4"]) -> Float[Tensor, "frame point 3"]:
        """Where they are in the world, by linear blend skinning."""
        mixed = (self.joint_weights @ world_from_rest[:, :, :3].flatten(2)).unflatten(-1, (3, 4))
        return (mixed * self.rest[:, :, None]).sum(-1)


def stack_targets(of_frame: Mapping[int, tuple[Tensor, Tensor, Tensor]]) -> SurfaceTargets:
    """Targets of single frames (vertex, xy, weight), by their numbers, as one table without frames that have none."""
    shown = sorted(frame for frame, (vertex, _, _) in of_frame.items() if len(vertex))
    longest = max([1, *(len(of_frame[frame][0]) for frame in shown)])
    vertex = torch.zeros(len(shown), longest, dtype=torch.long)
    xy, weights = torch.zeros(len(shown), longest, 2), torch.zeros(len(shown), longest)
    for row, frame in enumerate(shown):
        points, at, weight = of_frame[frame]
        vertex[row, : len(points)], xy[row, : len(points)], weights[row, : len(points)] = points, at, weight
    return SurfaceTargets(frames=torch.tensor(shown, dtype=torch.long), vertex=vertex, xy_px=xy, weights=weights)
