"""Penetration of arms into the trunk, which is a tube of elliptic cylinders along the spine."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.value import value

SPINE = ("pelvis", "spine1", "spine2", "spine3")
OWNERS = (*SPINE, "left_hip", "right_hip")  # joints whose vertices belong to the trunk
BELOW_PELVIS_M, BELOW_NECK_M = 0.1, 0.1  # where the tube ends
OUTLIERS = 0.02  # fraction of the vertices that may lie outside of an ellipse on each side
ARM_M = 0.035  # radius of an arm that comes to rest on the trunk
LONGEST_EXIT_M = 0.4
MOST_DETOUR = 2.0  # of the way out along the line of sight, in lengths of the shortest


@value
class EllipticCylinder:
    """A piece of the trunk at rest, in body axes: an ellipse across x and z between two heights.

    Attributes:
        joint: the piece moves with it.
    """

    joint: int
    heights_m: tuple[float, float]
    centre_m: Float[Tensor, "2"]
    radii_m: Float[Tensor, "2"]

    def entered(
        self, points_m: Float[Tensor, "frame *point 3"], world_from_rest: Float[Tensor, "frame joint 4 4"]
    ) -> "Entered | None":
        """The piece as an arm around some points meets it; None where all of them are outside."""
        rotation = world_from_rest[:, self.joint, :3, :3]
        from_joint = points_m - _over_points(world_from_rest[:, self.joint, :3, 3], points_m)
        at_rest = torch.einsum("fij,f...i->f...j", rotation, from_joint)
        off, rim_m = at_rest[..., [0, 2]] - self.centre_m, self.radii_m + ARM_M
        low, high = self.heights_m
        inside = ((off / rim_m).norm(dim=-1) < 1) & (at_rest[..., 1] >= low) & (at_rest[..., 1] < high)
        if not inside.any():
            return None
        return Entered(rim_m=rim_m, axes=rotation[..., [0, 2]], off=off, inside=inside)


@value
class Entered:
    """A piece of the trunk that some points are inside of.

    Attributes:
        rim_m: radii at which an arm rests on it.
        axes: of the piece in the world, across it.
        off: where the points lie along them, from the middle.
        inside: which points are inside of the rim.
    """

    rim_m: Float[Tensor, "2"]
    axes: Float[Tensor, "frame 3 2"]
    off: Float[Tensor, "frame *point 2"]
    inside: Bool[Tensor, "frame *point"]

    def to_rim_m(self) -> Float[Tensor, "frame *point 3"]:
        """Vectors from the points to the rim, away from the axis; zero for points outside."""
        radius = (self.off / self.rim_m).norm(dim=-1, keepdim=True).clamp(min=1e-3)  # 1 on the rim
        outward = self.off * (1 / radius - 1) * self.inside[..., None]
        return torch.einsum("fij,f...j->f...i", self.axes, outward)

    def along_m(self, directions: Float[Tensor, "frame *point 3"]) -> Float[Tensor, "frame *point 3"]:
        """Vectors along unit directions to the rim; zero for points outside.

        They are at most `LONGEST_EXIT_M` long: along the spine, the trunk has no rim.
        """
        start = self.off / self.rim_m
        ahead = torch.einsum("fij,f...i->f...j", self.axes, directions) / self.rim_m
        # |start + length * ahead| = 1 on the rim.
        speed = (ahead**2).sum(-1).clamp(min=1e-6)
        closer, room = -(start * ahead).sum(-1), (1 - (start**2).sum(-1)).clamp(min=0)
        length = (closer + (closer**2 + speed * room + 1e-12).sqrt()) / speed
        return directions * (length.clamp(max=LONGEST_EXIT_M) * self.inside)[..., None]


@value
class Trunk:
    """The tube around the spine, from below the pelvis to below the neck."""

    cylinders: tuple[EllipticCylinder, ...]

    def penetration_vectors_m(
        self, points_m: Float[Tensor, "frame *point 3"], world_from_rest: Float[Tensor, "frame joint 4 4"]
    ) -> Float[Tensor, "frame *point 3"]:
        """Vectors from points to where an arm rests on the trunk, away from its axis; zero for points outside."""
        rims_m = (piece.to_rim_m() for piece in self.entered(points_m, world_from_rest))
        return sum(rims_m, torch.zeros_like(points_m))

    def entered(
        self, points_m: Float[Tensor, "frame *point 3"], world_from_rest: Float[Tensor, "frame joint 4 4"]
    ) -> list[Entered]:
        """The pieces that some points are inside of: mostly there are none."""
        pieces = (piece.entered(points_m, world_from_rest) for piece in self.cylinders)
        return [one for one in pieces if one is not None]

    def sight_exits_m(
        self,
        points_m: Float[Tensor, "frame point 3"],
        camera_m: Float[Tensor, "3"],
        seen: Bool[Tensor, "frame point"],
        world_from_rest: Float[Tensor, "frame joint 4 4"],
    ) -> Float[Tensor, "frame point 3"]:
        """Vectors from points to where an arm rests on the trunk, along the line of sight, on which the picture stays.

        They point toward the camera for points that are seen, and the shorter way for others. Where that is at least
        `MOST_DETOUR` times as far as the nearest rim, they point to the rim. They are zero for points outside.

        Args:
            camera_m: where the camera stands.
        """
        entered, nowhere = self.entered(points_m, world_from_rest), torch.zeros_like(points_m)
        if not entered:
            return nowhere
        toward_camera = torch.nn.functional.normalize(camera_m - points_m, dim=-1)
        ahead, behind = (sum((one.along_m(sign * toward_camera) for one in entered), nowhere) for sign in (1, -1))
        beside = sum((one.to_rim_m() for one in entered), nowhere)
        along_sight = torch.where(seen[..., None] | (_length(ahead) < _length(behind)), ahead, behind)
        return torch.where(_length(along_sight) < MOST_DETOUR * _length(beside), along_sight, beside)


def measure_trunk(body: ShapedBody) -> Trunk:
    """The trunk of a body at rest, clothes included."""
    owner = body.model.weights.argmax(1)
    of_trunk = torch.isin(owner, torch.tensor([joint(name) for name in OWNERS]))
    heights = [float(body.rest_joints_m[joint(name), 1]) for name in SPINE]
    ends = [heights[0] - BELOW_PELVIS_M, *heights[1:], float(body.rest_joints_m[joint("neck"), 1]) - BELOW_NECK_M]
    cylinders, y = [], body.rest_vertices_m[:, 1]
    for name, low, high in zip(SPINE, ends, ends[1:], strict=False):
        around = body.rest_vertices_m[of_trunk & (y >= low) & (y <= high)][:, [0, 2]]
        if len(around):
            least, most = torch.quantile(around, torch.tensor([OUTLIERS, 1 - OUTLIERS]), dim=0)
            centre, radii = (least + most) / 2, (most - least) / 2
            cylinders.append(EllipticCylinder(joint=joint(name), heights_m=(low, high), centre_m=centre, radii_m=radii))
    return Trunk(cylinders=tuple(cylinders))


def _over_points(of_frames: Float[Tensor, "frame 3"], points_m: Float[Tensor, "frame *point 3"]) -> Tensor:
    return of_frames.reshape(len(of_frames), *[1] * (points_m.ndim - 2), 3)


def _length(vectors: Float[Tensor, "frame point 3"]) -> Float[Tensor, "frame point 1"]:
    return vectors.norm(dim=-1, keepdim=True)
