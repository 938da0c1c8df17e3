"""What a body stands on: its lowest point, found without posing the mesh, and whether feet carry it."""

import itertools

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.posing import AT_ONCE, ShapedBody
from motion_transfer.body.skeleton import PARTS
from motion_transfer.body.soles import heights_m, lowest_sole_m

OFF_GROUND_M = 0.2  # a foot so far above the lowest point of the body carries nothing


def extreme_vertices(body: ShapedBody) -> Int[Tensor, "point"]:
    """The vertices of each part of the body that reach farthest at rest, in directions all around."""
    around = torch.tensor([one for one in itertools.product((-1.0, 0.0, 1.0), repeat=3) if any(one)])
    part, rest = body.model.part_of_vertex, body.rest_vertices_m
    chosen = []
    for index in range(len(PARTS)):
        own = (part == index).nonzero().flatten()
        if len(own):
            chosen.append(own[(rest[own] @ around.to(rest).T).argmax(0)])
    return torch.cat(chosen).unique()


def lowest_point_m(body: ShapedBody, world_from_rest: Float[Tensor, "frame joint 4 4"]) -> Float[Tensor, "frame"]:
    """The height of the lowest point of the whole body over the ground."""
    vertices = extreme_vertices(body)
    pieces = [heights_m(body, vertices, some).amin(-1) for some in world_from_rest.split(AT_ONCE)]
    return torch.minimum(torch.cat(pieces), lowest_sole_m(body, world_from_rest).amin(-1))


def feet_that_carry(body: ShapedBody, world_from_rest: Float[Tensor, "frame joint 4 4"]) -> Bool[Tensor, "frame 2"]:
    """Whether the left and the right foot are among the lowest of the body: not in a handstand, however still."""
    lowest = lowest_point_m(body, world_from_rest)
    return lowest_sole_m(body, world_from_rest) - lowest[:, None] < OFF_GROUND_M
