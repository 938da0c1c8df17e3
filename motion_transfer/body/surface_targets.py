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


def skin_vertices(
    body: ShapedBody, vertex: Int[Tensor, "frame point"], world_from_rest: Float[Tensor, "frame joint 4 4"]
) -> Float[Tensor, "frame point 3"]:
    """Only these vertices in the world: linear blend skinning of a few points of each frame."""
    mixed = (body.model.weights[vertex] @ world_from_rest[:, :, :3].flatten(2)).unflatten(-1, (3, 4))
    return (mixed[..., :3] @ body.rest_vertices_m[vertex][..., None])[..., 0] + mixed[..., 3]


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
