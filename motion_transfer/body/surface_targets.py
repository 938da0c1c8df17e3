"""Correspondences between the body's surface and the picture, which registration finds and the fit uses."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.value import value


@value
class SurfaceTargets:
    """Vertices of the body and the pixels of the full frame that show them.

    Attributes:
        weights: confidence in each point; 0 pads frames with fewer points than others.
    """

    vertex: Int[Tensor, "frame point"]
    xy_px: Float[Tensor, "frame point 2"]
    weights: Float[Tensor, "frame point"]


def skin_vertices(
    body: ShapedBody, vertex: Int[Tensor, "frame point"], world_from_rest: Float[Tensor, "frame joint 4 4"]
) -> Float[Tensor, "frame point 3"]:
    """Only these vertices in the world: linear blend skinning of a few points of each frame."""
    mixed = (body.model.weights[vertex] @ world_from_rest[:, :, :3].flatten(2)).unflatten(-1, (3, 4))
    return (mixed[..., :3] @ body.rest_vertices_m[vertex][..., None])[..., 0] + mixed[..., 3]


def stack_targets(frames: list[tuple[Tensor, Tensor, Tensor]]) -> SurfaceTargets:
    """Targets of single frames (vertex, xy, weight) as one table; short frames are padded with weight 0."""
    longest = max([1, *(len(vertex) for vertex, _, _ in frames)])
    vertex = torch.zeros(len(frames), longest, dtype=torch.long)
    xy, weights = torch.zeros(len(frames), longest, 2), torch.zeros(len(frames), longest)
    for row, (of_frame, at, weight) in enumerate(frames):
        vertex[row, : len(of_frame)], xy[row, : len(of_frame)], weights[row, : len(of_frame)] = of_frame, at, weight
    return SurfaceTargets(vertex=vertex, xy_px=xy, weights=weights)
