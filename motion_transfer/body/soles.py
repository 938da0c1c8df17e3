"""Height of the soles without posing the mesh: a few vertices of each foot are the lowest however it is tilted."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import PARTS, SIDES

TILTS = (0.0, 0.3, 1.0, 3.0)  # tangents of the tilts of a foot for which its lowest point is among the chosen
DIRECTIONS = 8


def sole_vertices(body: ShapedBody) -> Int[Tensor, "2 point"]:
    """The vertices of the left and right foot that come lowest when it is tilted, whichever way.

    They are the extreme points of the foot at rest in directions spread around straight down.
    """
    around = torch.arange(DIRECTIONS) * (2 * torch.pi / DIRECTIONS)
    level = torch.stack([around.cos(), torch.zeros(DIRECTIONS), around.sin()], 1)
    down = torch.tensor([0.0, -1.0, 0.0])
    directions = torch.cat([down + tilt * level for tilt in TILTS]).to(body.rest_vertices_m)
    part = body.model.part_of_vertex
    chosen = []
    for side in SIDES:
        of_foot = (part == PARTS.index(f"{side}_foot")).nonzero().flatten()
        chosen.append(of_foot[(body.rest_vertices_m[of_foot] @ directions.T).argmax(0)])
    return torch.stack(chosen)


def lowest_sole_m(body: ShapedBody, world_from_rest: Float[Tensor, "frame joint 4 4"]) -> Float[Tensor, "frame 2"]:
    """The height of the lowest point of the left and the right foot over the ground."""
    vertices = sole_vertices(body)
    return heights_m(body, vertices.flatten(), world_from_rest).unflatten(1, (2, -1)).amin(-1)


def heights_m(
    body: ShapedBody, vertices: Int[Tensor, "point"], world_from_rest: Float[Tensor, "frame joint 4 4"]
) -> Float[Tensor, "frame point"]:
    """How high some vertices stand over the ground: the second row of linear blend skinning."""
    rest, weights = body.rest_vertices_m[vertices], body.model.weights[vertices]
    mixed = weights @ world_from_rest[:, :, 1]
    return (mixed[..., :3] * rest).sum(-1) + mixed[..., 3]
