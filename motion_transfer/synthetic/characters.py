"""Characters out of the body: warped at rest, put in another stance, cut or remeshed, with known correspondence."""

from collections.abc import Callable

import numpy as np
import roma
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body, vertex_normals
from motion_transfer.body.skeleton import JOINTS, PARTS, SHOULDERS, SIDES, joint
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.synthetic.remeshing import collapse_edges

Points = Float[Tensor, "point 3"]
Warp = Callable[[Points, Float[Tensor, "joint 3"]], Points]
BULGE_M, BULGE_PER_M = 0.008, 9.0  # how far, and how often, the surface bulges beside what the body's shape explains
RAMP_M = 0.06  # over which a warp begins


@value
class Character:
    """A mesh that came from the body.

    Attributes:
        body_vertex: the vertex of the body that each vertex was.
    """

    name: str
    mesh: TriangleMesh
    body_vertex: Int[np.ndarray, "vertex"]


NAMES = ("long arms", "big head", "short legs", "other tessellation", "missing hands")


def make_character(model: BodyModel, name: str) -> Character:
    """One of `NAMES`, each hard for a registration in its own way; the same mesh each time."""
    every = np.arange(len(model.faces))
    match name:
        case "long arms":
            return _character(model, name, lengthen_arms, arms_down_deg=20, seed=1, faces=every)
        case "big head":
            return _character(model, name, enlarge_head, arms_down_deg=50, seed=2, faces=every)
        case "short legs":
            return _character(model, name, shorten_legs, arms_down_deg=0, seed=3, faces=every)
        case "other tessellation":
            return _remeshed(_character(model, name, as_it_is, arms_down_deg=35, seed=4, faces=every))
        case "missing hands":
            hands = [PARTS.index(f"{side}_hand") for side in SIDES]
            kept = np.flatnonzero(~np.isin(model.part_of_face.numpy(), hands))
            return _character(model, name, as_it_is, arms_down_deg=45, seed=5, faces=kept)
    raise ValueError(f"expected a character out of {', '.join(NAMES)}, got {name!r}; choose one of them")


def as_it_is(points_m: Points, joints_m: Float[Tensor, "joint 3"]) -> Points:
    """No warp."""
    return points_m


def lengthen_arms(points_m: Points, joints_m: Float[Tensor, "joint 3"]) -> Points:
    """What lies beyond the shoulders, 1.6 times as long."""
    start = joints_m[SHOULDERS, 0].abs().mean()
    beyond = _ramp(points_m[:, 0].abs() - start)
    moved = points_m.clone()
    moved[:, 0] += 0.6 * beyond * points_m[:, 0].sign()
    return moved


def enlarge_head(points_m: Points, joints_m: Float[Tensor, "joint 3"]) -> Points:
    """What lies above the neck, 1.9 times as large in every direction."""
    neck = joints_m[joint("head")]
    centre = neck * torch.tensor([0.0, 1.0, 1.0])
    above = points_m[:, 1] - neck[1]
    share = (_ramp(above) / above.clamp(min=1e-6)).clamp(0, 1) * (above > 0)
    return points_m + 0.9 * share[:, None] * (points_m - centre)


def shorten_legs(points_m: Points, joints_m: Float[Tensor, "joint 3"]) -> Points:
    """Thighs and shanks 0.6 times as long; feet keep their size."""
    hips, ankles = joints_m[joint("left_hip"), 1] - 0.08, joints_m[joint("left_ankle"), 1]
    along = _ramp(hips - points_m[:, 1]).minimum(hips - ankles)
    moved = points_m.clone()
    moved[:, 1] += 0.4 * along
    return moved


def _ramp(beyond: Float[Tensor, "point"]) -> Float[Tensor, "point"]:
    """0 below 0, the same less a constant far beyond, and a parabola between."""
    inside = beyond.clamp(0, RAMP_M)
    return inside**2 / (2 * RAMP_M) + (beyond - RAMP_M).clamp(min=0)


def _character(
    model: BodyModel, name: str, warp: Warp, *, arms_down_deg: float, seed: int, faces: Int[np.ndarray, "kept"]
) -> Character:
    generator = np.random.default_rng(seed)
    betas = torch.tensor(generator.normal(0, 0.8, model.betas), dtype=torch.float32)
    plain = shape_body(model, BodyShape(betas=betas, clothing_offset_m=torch.zeros(len(JOINTS))))
    phase = torch.tensor(generator.uniform(0, 2 * np.pi, 3), dtype=torch.float32)
    bulge = torch.sin(BULGE_PER_M * plain.rest_vertices_m + phase).sum(1, keepdim=True) / 3
    rest = warp(plain.rest_vertices_m + BULGE_M * bulge * plain.rest_normals, plain.rest_joints_m)
    body = ShapedBody(
        model=model,
        rest_vertices_m=rest,
        rest_normals=vertex_normals(rest, model.faces),
        rest_joints_m=warp(plain.rest_joints_m, plain.rest_joints_m),
    )
    stance = body.posed(arms_down(np.deg2rad(arms_down_deg))).vertices_m()[0].double().numpy()
    stance[:, 1] -= stance[:, 1].min()
    shuffled = generator.permutation(model.faces.numpy()[faces])  # so that it is not taken for the body's own mesh
    used, corners = np.unique(shuffled, return_inverse=True)
    mesh = TriangleMesh(vertices_m=stance[used], faces=corners.reshape(-1, 3).astype(np.int64))
    return Character(name=name, mesh=mesh, body_vertex=used)


def arms_down(angle_rad: float) -> BodyPose:
    """The T-pose with arms lowered by an angle: one frame."""
    turned = torch.zeros(1, len(JOINTS), 3)
    turned[:, SHOULDERS, 2] = torch.tensor([-angle_rad, angle_rad], dtype=torch.float32)
    return BodyPose(parent_from_joint=roma.rotvec_to_rotmat(turned), root_position_m=torch.zeros(1, 3))


def _remeshed(character: Character) -> Character:
    mesh, kept = collapse_edges(character.mesh, len(character.mesh.vertices_m) // 2, seed=0)
    return Character(name=character.name, mesh=mesh, body_vertex=character.body_vertex[kept])
