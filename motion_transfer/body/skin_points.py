"""Fixed points spread evenly over the skin, by which it is told where a hand touches the body."""

from functools import lru_cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS, SIDES
from motion_transfer.domain.mesh_motion import ALL_FRAMES
from motion_transfer.domain.value import value

SPACING_M = 0.045  # between neighbours on the mean body
ARM = ("upper_arm", "forearm", "hand")
KEPT = 4  # models whose points are remembered


@value
class SkinPoints:
    """Vertices that stand for the skin around them; the same for everybody of one model.

    Attributes:
        joints: that move each vertex most.
        of_hand: whether each lies on the left and on the right hand.
        in_reach: whether the left and the right hand can touch it, as they cannot their own arm.
    """

    vertices: Int[Tensor, "point"]
    joints: Int[Tensor, "point"]
    of_hand: Bool[Tensor, "2 point"]
    in_reach: Bool[Tensor, "2 point"]


@value
class PosedSkinPoints:
    """The points in the world, their outward normals, and world_from_rest of the joints that move them."""

    positions_m: Float[Tensor, "frame point 3"]
    normals: Float[Tensor, "frame point 3"]
    rotations: Float[Tensor, "frame point 3 3"]


@lru_cache(maxsize=KEPT)
def spread_skin_points(model: BodyModel) -> SkinPoints:
    """Farthest point sampling of the mean body at rest, until no vertex is farther than the spacing from a point."""
    rest, part = model.template_m, model.part_of_vertex
    chosen, distance = [0], (rest - rest[0]).norm(dim=-1)
    while float(distance.max()) > SPACING_M:
        chosen.append(int(distance.argmax()))
        distance = torch.minimum(distance, (rest - rest[chosen[-1]]).norm(dim=-1))
    vertices = torch.tensor(chosen).sort().values
    of_hand = torch.stack([part[vertices] == PARTS.index(f"{side}_hand") for side in SIDES])
    arms = [torch.tensor([PARTS.index(f"{side}_{name}") for name in ARM]) for side in SIDES]
    in_reach = torch.stack([~torch.isin(part[vertices], arm) for arm in arms])
    joints = model.weights[vertices].argmax(1)
    return SkinPoints(vertices=vertices, joints=joints, of_hand=of_hand, in_reach=in_reach)


def pose_skin_points(points: SkinPoints, posed: PosedBody, frames: slice = ALL_FRAMES) -> PosedSkinPoints:
    """The points on a posed body, by linear blend skinning, without posing its mesh."""
    body, world_from_rest = posed.shaped, posed.world_from_rest[frames]
    rest, normals = body.rest_vertices_m[points.vertices], body.rest_normals[points.vertices]
    mixed = (body.model.weights[points.vertices] @ world_from_rest[:, :, :3].flatten(2)).unflatten(-1, (3, 4))
    turned = (mixed[..., :3] @ normals[..., None])[..., 0]
    return PosedSkinPoints(
        positions_m=(mixed[..., :3] @ rest[..., None])[..., 0] + mixed[..., 3],
        normals=torch.nn.functional.normalize(turned, dim=-1),
        rotations=world_from_rest[:, points.joints, :3, :3],
    )
