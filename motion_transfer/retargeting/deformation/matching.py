"""A character's mesh -> the body in its shape and stance, and which part of the body each part of it follows."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS, SIDES
from motion_transfer.body.surface_markers import marker_vertices
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.geometry.deformation_gradients import area_vectors
from motion_transfer.geometry.surface import SurfacePoints
from motion_transfer.retargeting.deformation.articulated_fit import MarkerTargets, fit_articulation
from motion_transfer.retargeting.deformation.articulation import StretchedPose, stretch_body
from motion_transfer.retargeting.deformation.character_body import character_body
from motion_transfer.retargeting.deformation.correspondence import Correspondence, by_closest_points, identical
from motion_transfer.retargeting.deformation.nonrigid_registration import register
from motion_transfer.retargeting.deformation.normal_equations import check_solver

LEAST_M2 = 1e-12  # of a triangle, so that its logarithm is finite


@value
class Markers:
    """Where named points of the body are on a character."""

    names: tuple[str, ...]
    position_m: Float[np.ndarray, "marker 3"]


@value
class MatchedCharacter:
    """A character that a body can move.

    Attributes:
        rest: the character's surface in its stance, as `reference` is the body's.
        body: in the character's shape, at rest.
        stance: the pose of one frame in which the character stands.
        fit_distance: mean distance of the turned and stretched body to the character, as a share of its height.
        distance: the same after the non-rigid registration, from the character to the body alone.
        distortion: how unevenly the body's surface is stretched to the character's.
    """

    rest: TriangleMesh
    body: ShapedBody
    stance: BodyPose
    reference: TriangleMesh
    correspondence: Correspondence
    fit_distance: float
    distance: float
    distortion: float

    @property
    def at(self) -> SurfacePoints:
        """The point of the body's surface that each vertex of the character follows."""
        return self.correspondence.at

    @property
    def feet(self) -> Bool[np.ndarray, "vertex"]:
        """The character's vertices that follow a foot."""
        feet = [PARTS.index(f"{side}_foot") for side in SIDES]
        return np.isin(self.body.model.part_of_face.cpu().numpy()[self.at.face], feet)


@value
class FoundBody:
    """What a search has found: the body near a character, and its surface on the character's.

    Attributes:
        pose: of one frame; `stretch` of each joint, as in `StretchedPose`.
        fit_distance: as in `MatchedCharacter`.
        registered_m: the body's vertices after the non-rigid registration.
    """

    pose: BodyPose
    stretch: Float[Tensor, "joint 3"]
    fit_distance: float
    registered_m: Float[np.ndarray, "vertex 3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterMatcher:
    """Finds the correspondence of the body and a character by registration (Sumner and Popovic 2004, section 4).

    A turned and stretched body is fitted first, then deformed without restrictions until it lies on the character. A
    mesh of the body's own triangles corresponds to it without search.

    Attributes:
        largest_distance: of the fitted body to the character, as a share of its height; beyond it there is no match.
        largest_distortion: of the body's surface; beyond it there is no match.
        solver: of the linear systems: auto, scipy or cholespy.

    Raises:
        ValueError: the solver does not exist or is not installed.
    """

    largest_distance: float
    largest_distortion: float
    solver: str

    def __post_init__(self) -> None:
        check_solver(self.solver)

    def __call__(self, model: BodyModel, rest: TriangleMesh, markers: Markers | None) -> MatchedCharacter:
        """Match a character that stands upright on y = 0, about as tall as a person.

        Raises:
            ValueError: the body does not fit.
        """
        return self.correspond(model, rest, self.search(model, rest, markers))

    def search(self, model: BodyModel, rest: TriangleMesh, markers: Markers | None) -> FoundBody:
        """Find the body in a character; this takes nearly all of the time.

        Raises:
            ValueError: it does not lie on the character.
        """
        plain = average_body(model)
        wanted = None if markers is None else marker_targets(plain, markers)
        fit = fit_articulation(plain, rest, wanted)
        if fit.distance > self.largest_distance:
            _refuse(
                f"the body misses by {100 * fit.distance:.1f} % of its height "
                f"(at most {100 * self.largest_distance:.1f} %)"
            )
        near = _mesh(model, stretch_body(plain, fit.stretched).skin(plain.rest_vertices_m, model.weights))
        registered = rest if _same_triangles(model, rest) else self._registered(near, rest, wanted)
        return FoundBody(
            pose=fit.stretched.pose,
            stretch=fit.stretched.stretch,
            fit_distance=fit.distance,
            registered_m=registered.vertices_m,
        )

    def correspond(self, model: BodyModel, rest: TriangleMesh, found: FoundBody) -> MatchedCharacter:
        """What the search has found -> the body in the character's shape, and what follows what.

        Raises:
            ValueError: the body had to be stretched too unevenly.
        """
        plain = average_body(model)
        stance = stretch_body(plain, StretchedPose(pose=found.pose, stretch=found.stretch))
        stance_m = stance.skin(plain.rest_vertices_m, model.weights)
        on_it = torch.tensor(found.registered_m, dtype=torch.float32)
        body, pose = character_body(model, stance, stance_m, on_it)
        reference = _mesh(model, body.posed(pose).vertices_m()[0])
        same = _same_triangles(model, rest)
        follows = identical(reference) if same else by_closest_points(reference, rest)
        uneven = distortion(_mesh(model, plain.rest_vertices_m), reference)
        if not same and uneven > self.largest_distortion:
            _refuse(f"stretches the body unevenly, by {uneven:.2f} (at most {self.largest_distortion:.2f})")
        gaps = np.linalg.norm(follows.at.on(reference) - rest.vertices_m, axis=1)
        return MatchedCharacter(
            rest=rest,
            body=body,
            stance=pose,
            reference=reference,
            correspondence=follows,
            fit_distance=found.fit_distance,
            distance=float(gaps.mean() / np.ptp(rest.vertices_m[:, 1])),
            distortion=uneven,
        )

    def _registered(self, near: TriangleMesh, rest: TriangleMesh, markers: MarkerTargets | None) -> TriangleMesh:
        if markers is None:
            return register(near, rest, np.zeros(0, np.int64), np.zeros((0, 3)), solver=self.solver)
        return register(near, rest, markers.vertex.numpy(), markers.position_m.double().numpy(), solver=self.solver)


def average_body(model: BodyModel) -> ShapedBody:
    """The model's mean person without clothes."""
    return shape_body(model, BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS))))


def _mesh(model: BodyModel, vertices_m: Float[Tensor, "vertex 3"]) -> TriangleMesh:
    return TriangleMesh(vertices_m=vertices_m.double().numpy(), faces=model.faces.numpy())


def _same_triangles(model: BodyModel, rest: TriangleMesh) -> bool:
    return np.array_equal(rest.faces, model.faces.numpy())


def distortion(body: TriangleMesh, registered: TriangleMesh) -> float:
    """How unevenly a registration stretches a surface: the standard deviation of the logarithm of its change of area.

    Without it a pole or a chair would match: the body finds room in them, but squeezes some parts and inflates others.
    """
    before, after = (
        np.maximum(np.linalg.norm(area_vectors(mesh.vertices_m, mesh.faces), axis=1), LEAST_M2)
        for mesh in (body, registered)
    )
    change, weights = np.log(after / before), before / before.sum()
    return float(np.sqrt((weights * (change - (weights * change).sum()) ** 2).sum()))


def _refuse(what: str) -> None:
    raise ValueError(
        f"expected a character shaped like a person who stands with free arms, got one that {what}; "
        "set up=..., give markers=FILE, or choose another mesh"
    )


def marker_targets(body: ShapedBody, markers: Markers) -> MarkerTargets:
    """The body's vertices of the markers, and where they belong."""
    return MarkerTargets(
        vertex=marker_vertices(body, markers.names),
        position_m=torch.tensor(markers.position_m, dtype=torch.float32),
    )
