"""The body's pose, and the stretch of its parts, that lie on a mesh: iterated closest points from several stances.

Notation: body samples b and target samples t, each matched to the closest of the others in position and normal. The
energy is mean_b rho(|b - t(b)|) + mean_t rho(|t - b(t)|), in units of the target's height, with rho of Geman and
McClure, whose width falls while the fit goes on; and priors that hold the pose near the stance that it began with, and
the stretch of all parts near their mean.
"""

import math

import numpy as np
import roma
import torch
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import JOINTS, SHOULDERS
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.geometry.deformation_gradients import area_vectors
from motion_transfer.geometry.rotations import rotation_about_vertical
from motion_transfer.geometry.surface import spread, unit_normals, vertex_areas
from motion_transfer.retargeting.deformation.articulation import GROUP_OF_JOINT, GROUPS, StretchedPose, stretch_body

ARMS_DOWN_RAD = (0.0, 0.7, 1.25)  # stances to begin with
HEADINGS_RAD = (0.0, math.pi)
SAMPLES = 1500
NORMAL_WEIGHT = 0.12  # of a difference of normals against one of positions, as a share of the height
WIDTHS = (0.25, 0.04)  # of rho at the beginning and the end, as shares of the height
TRIAL_STEPS, STEPS = 60, 200
LEARNING_RATE = 0.03
POSE_PRIOR, STRETCH_PRIOR = 1e-4, 5e-5
MARKER_WEIGHT = 5.0


@value
class ArticulatedFit:
    """What was found.

    Attributes:
        distance: mean distance of both surfaces to each other, as a share of the target's height.
    """

    stretched: StretchedPose
    distance: float


@value
class MarkerTargets:
    """Vertices of the body, and where on the target they belong."""

    vertex: Int[Tensor, "marker"]
    position_m: Float[Tensor, "marker 3"]


@value
class _Samples:
    position_m: Float[Tensor, "sample 3"]
    normal: Float[Tensor, "sample 3"]


@value
class _Parameters:
    """Leaves that are optimized: rotation vectors, logarithms of stretches, and the root over the height."""

    turns: Float[Tensor, "joint 3"]
    log_stretch: Float[Tensor, "group 3"]
    root: Float[Tensor, "3"]

    def leaves(self) -> list[Tensor]:
        return [self.turns, self.log_stretch, self.root]

    def detached(self) -> "_Parameters":
        turns, log_stretch, root = (leaf.detach().clone() for leaf in self.leaves())
        return _Parameters(turns=turns, log_stretch=log_stretch, root=root)


def fit_articulation(body: ShapedBody, target: TriangleMesh, markers: MarkerTargets | None) -> ArticulatedFit:
    """Fit the body to a standing target whose y axis is up; the best of all stances that were tried is refined.

    Args:
        target: of about the size of a person.
    """
    fitter = _Fitter(body, target, markers)
    trials = [
        fitter.fit(fitter.start(arms, heading), TRIAL_STEPS, WIDTHS[0], WIDTHS[0] / 3)
        for arms in ARMS_DOWN_RAD
        for heading in HEADINGS_RAD
    ]
    scores = [fitter.distance(trial) for trial in trials]
    best = fitter.fit(trials[int(np.argmin(scores))], STEPS, WIDTHS[0] / 3, WIDTHS[1])
    return ArticulatedFit(stretched=fitter.stretched(best), distance=fitter.distance(best))


class _Fitter:
    def __init__(self, body: ShapedBody, target: TriangleMesh, markers: MarkerTargets | None) -> None:
        generator = np.random.default_rng(0)
        mesh = TriangleMesh(
            vertices_m=body.rest_vertices_m.double().numpy(), faces=body.model.faces.numpy().astype(np.int64)
        )
        areas = vertex_areas(mesh)
        chosen = generator.choice(len(areas), min(2 * SAMPLES, len(areas)), replace=False, p=areas / areas.sum())
        self.body, self.markers = body, markers
        self.rest_m, self.rest_normals = body.rest_vertices_m[chosen], body.rest_normals[chosen]
        self.weights = body.model.weights[chosen]
        self.low, self.height = float(target.vertices_m[:, 1].min()), float(np.ptp(target.vertices_m[:, 1]))
        self.target = _samples_of(target, SAMPLES)
        self.tree = KDTree(self.features(self.target))
        self.middle = torch.tensor(np.median(target.vertices_m, axis=0), dtype=torch.float32)

    def start(self, arms_down_rad: float, heading_rad: float) -> _Parameters:
        """The body as tall as the target, in a stance."""
        turns = torch.zeros(len(JOINTS), 3)
        turns[SHOULDERS, 2] = torch.tensor([-arms_down_rad, arms_down_rad])
        turns[0] = roma.rotmat_to_rotvec(rotation_about_vertical(torch.tensor(heading_rad)))
        scale = self.height / self.body.height_m
        root = self.middle.clone()
        root[1] = self.low - scale * float(self.body.rest_vertices_m[:, 1].min())
        return _Parameters(
            turns=turns, log_stretch=torch.full((len(GROUPS), 3), math.log(scale)), root=root / self.height
        )

    def stretched(self, found: _Parameters) -> StretchedPose:
        pose = BodyPose(
            parent_from_joint=roma.rotvec_to_rotmat(found.turns)[None], root_position_m=found.root[None] * self.height
        )
        return StretchedPose(pose=pose, stretch=found.log_stretch.exp()[list(GROUP_OF_JOINT)])

    def fit(self, start: _Parameters, steps: int, first_width: float, last_width: float) -> _Parameters:
        found = start.detached()
        for leaf in found.leaves():
            leaf.requires_grad_()
        optimizer = torch.optim.Adam(found.leaves(), lr=LEARNING_RATE, betas=(0.9, 0.99))
        for step in range(steps):
            progress = step / steps
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * (1 - 0.9 * progress)
            width = first_width * (last_width / first_width) ** progress
            optimizer.zero_grad()
            self.energy(found, start, width).backward()
            optimizer.step()
        return found.detached()

    def energy(self, found: _Parameters, start: _Parameters, width: float) -> Tensor:
        posed = stretch_body(self.body, self.stretched(found))
        points = posed.skin(self.rest_m, self.weights)
        to_target, to_body = self.matches(points.detach(), posed.turn(self.rest_normals, self.weights).detach())
        forth = (points - self.target.position_m[to_target]).square().sum(-1) / self.height**2
        back = (points[to_body] - self.target.position_m).square().sum(-1) / self.height**2
        energy = _geman_mcclure(forth, width).mean() + _geman_mcclure(back, width).mean()
        energy = energy + POSE_PRIOR * (found.turns - start.turns)[1:].square().sum()
        energy = energy + STRETCH_PRIOR * (found.log_stretch - found.log_stretch.mean()).square().sum()
        if self.markers is not None:
            model, index = self.body.model, self.markers.vertex
            marked = posed.skin(self.body.rest_vertices_m[index], model.weights[index])
            off = (marked - self.markers.position_m).square().sum(-1) / self.height**2
            energy = energy + MARKER_WEIGHT * off.mean()
        return energy

    def distance(self, found: _Parameters) -> float:
        """Mean distance of both surfaces to each other, over the height."""
        posed = stretch_body(self.body, self.stretched(found))
        points = posed.skin(self.rest_m, self.weights)
        to_target, to_body = self.matches(points, posed.turn(self.rest_normals, self.weights))
        forth = (points - self.target.position_m[to_target]).norm(dim=-1).mean()
        back = (points[to_body] - self.target.position_m).norm(dim=-1).mean()
        return float(forth + back) / 2 / self.height

    def matches(self, points: Tensor, normals: Tensor) -> tuple[Tensor, Tensor]:
        """The closest target sample of each body sample, and the other way round."""
        features = self.features(_Samples(position_m=points, normal=normals))
        to_target = self.tree.query(features)[1]
        to_body = KDTree(features).query(self.tree.data)[1]
        return torch.from_numpy(to_target), torch.from_numpy(to_body)

    def features(self, samples: _Samples) -> np.ndarray:
        weighted = NORMAL_WEIGHT * self.height * samples.normal
        return torch.cat([samples.position_m, weighted], 1).numpy()


def _geman_mcclure(squared: Float[Tensor, "point"], width: float) -> Float[Tensor, "point"]:
    return squared * width**2 / (squared + width**2)


def _samples_of(mesh: TriangleMesh, count: int) -> _Samples:
    vectors = area_vectors(mesh.vertices_m, mesh.faces)
    areas = np.linalg.norm(vectors, axis=1)
    points = spread(mesh.faces, areas, count)
    drawn = slice(len(mesh.faces), None)
    normals = np.einsum("pc,pcr->pr", points.barycentric, unit_normals(mesh)[mesh.faces[points.face]])[drawn]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return _Samples(
        position_m=torch.tensor(points.on(mesh)[drawn], dtype=torch.float32),
        normal=torch.tensor(normals, dtype=torch.float32),
    )
