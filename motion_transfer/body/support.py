"""What a body stands on: its lowest point, found without posing the mesh, and whether feet carry it."""

import itertools

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import ANKLES, PARTS
from motion_transfer.body.soles import heights_m, lowest_sole_m
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.value import value

AT_ONCE = 256  # frames in which some hundred vertices are looked at
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


@value
class Support:
    """What could carry a body: its feet, or whatever of it is lowest.

    Attributes:
        ankles_m: of the left and the right foot, in the world.
        soles_m: the height of each foot's lowest point.
        lowest_m: the height of the lowest point of the body.
        carrying: whether each foot is among the lowest of the body.
    """

    ankles_m: Float[Tensor, "frame 2 3"]
    soles_m: Float[Tensor, "frame 2"]
    lowest_m: Float[Tensor, "frame"]
    carrying: Bool[Tensor, "frame 2"]


def find_support(body: ShapedBody, pose: BodyPose) -> Support:
    """Poses -> what could carry the body, a piece at a time: transforms of all joints take more room than the poses."""
    ankles, soles, lowest, carrying = [], [], [], []
    for start in range(0, len(pose.root_position_m), AT_ONCE):
        posed = body.posed(pose[start : start + AT_ONCE])
        ankles.append(posed.joints_m[:, ANKLES].clone())  # a view would keep all joints
        soles.append(lowest_sole_m(body, posed.world_from_rest))
        lowest.append(lowest_point_m(body, posed.world_from_rest))
        carrying.append(feet_that_carry(body, posed.world_from_rest))
    return Support(
        ankles_m=torch.cat(ankles),
        soles_m=torch.cat(soles),
        lowest_m=torch.cat(lowest),
        carrying=torch.cat(carrying),
    )
