"""Which few references are used for a motion: together they have to show each side of each body part that it shows."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.similarity import joint_angles_deg, likeness, mirrored_turns
from motion_transfer.references.views import camera_from_joint, facing

MOST_FRAMES = 60  # of a motion that are looked at
POINTS = 500  # of the surface
FACING_POWER = 1.5
AT_ONCE = 16  # references
MIRRORED_WORTH = 0.3


@value
class ChosenReference:
    """A reference in use.

    Attributes:
        index: of it among all.
        mirrored: whether its left stands for the right.
    """

    index: int
    mirrored: bool

    @property
    def worth(self) -> float:
        """What it counts beside one that is not mirrored: light, parting and watch come along mirrored."""
        return MIRRORED_WORTH if self.mirrored else 1.0


def choose_references(
    body: ShapedBody,
    motion: BodyMotion,
    reference_poses: BodyPose,
    worth: Float[Tensor, "reference vertex"],
    camera: Camera,
    *,
    count: int,
    tolerance_deg: float,
) -> list[ChosenReference]:
    """Choose at most `count` references for a whole motion, each the one that adds most to what the others show.

    Each of them also counts, for less, as its mirror image would show the body.

    Args:
        worth: what each reference counts at each vertex: how sharp it is, and how usual its face.
        tolerance_deg: angle over which a reference loses all but a third of its worth.
    """
    frames = evenly_spaced(len(motion), MOST_FRAMES)
    driven = surface_views(body, _at(motion.pose, frames), camera)
    worth = worth[:, surface_points(body)]
    plain = coverage(driven, surface_views(body, reference_poses, camera), worth, body, tolerance_deg)
    views = surface_views(body, reference_poses, camera, mirrored=True)
    mirrored = coverage(driven, views, worth * MIRRORED_WORTH, body, tolerance_deg)
    rows = greedy_cover(torch.cat([plain, mirrored]), count)
    return [ChosenReference(index=row % len(plain), mirrored=row >= len(plain)) for row in rows]


def greedy_cover(worth: Float[Tensor, "reference sight"], count: int) -> list[int]:
    """Rows whose maximum is greatest in sum, chosen one after the other; none that adds nothing."""
    best, chosen = torch.zeros_like(worth[0]), list[int]()
    for _ in range(min(count, len(worth))):
        gain = (worth - best).clamp(min=0).sum(1)
        row = int(gain.argmax())
        if chosen and gain[row] <= 0:
            break
        chosen.append(row)
        best = torch.maximum(best, worth[row])
    return chosen


class SurfaceViews:
    """How points of the surface face the camera in some poses, and how the joints are turned."""

    def __init__(self, facing: Float[Tensor, "frame point"], turned: Float[Tensor, "frame joint 3 3"]) -> None:
        self.facing, self.turned = facing, turned

    def at(self, frames: list[int]) -> "SurfaceViews":
        """Some of the frames."""
        return SurfaceViews(self.facing[frames], self.turned[frames])


def surface_views(body: ShapedBody, pose: BodyPose, camera: Camera, *, mirrored: bool = False) -> SurfaceViews:
    """The views of a body in some poses, or those that a mirror would give."""
    points = surface_points(body)
    seen, turned = [], []
    for first in range(0, len(pose.root_position_m), AT_ONCE):
        posed: PosedBody = body.posed(pose[first : first + AT_ONCE])
        towards = facing(posed, camera, posed.vertices_m())
        seen.append(towards[:, body.model.mirror_vertex[points] if mirrored else points])
        turns = camera_from_joint(posed, camera)
        turned.append(mirrored_turns(turns) if mirrored else turns)
    return SurfaceViews(torch.cat(seen), torch.cat(turned))


def surface_points(body: ShapedBody) -> Int[Tensor, "point"]:
    """Vertices spread evenly over the list of all."""
    return torch.tensor(evenly_spaced(len(body.rest_vertices_m), POINTS))


def coverage(
    driven: SurfaceViews,
    known: SurfaceViews,
    worth: Float[Tensor, "reference #point"],
    body: ShapedBody,
    tolerance_deg: float,
) -> Float[Tensor, "reference sight"]:
    """How well each reference shows each point in each driven frame, weighted by how much of the picture it is."""
    weights = body.model.weights[surface_points(body)]
    shown = known.facing**FACING_POWER * worth
    found = []
    for turned, seen in zip(driven.turned, driven.facing, strict=True):
        angles = joint_angles_deg(turned.expand_as(known.turned), known.turned) @ weights.T
        found.append(seen * shown * likeness(angles, tolerance_deg))
    return torch.cat(found, 1)


def _at(pose: BodyPose, frames: list[int]) -> BodyPose:
    return pose.at(frames)
