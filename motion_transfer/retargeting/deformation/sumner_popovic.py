"""The stage of deformation transfer: a moving body, and a mesh that corresponds to it -> the moving mesh."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from motion_transfer.domain.mesh_motion import MeshMotion
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.geometry.surface import vertex_areas
from motion_transfer.retargeting.deformation.correspondence import Correspondence
from motion_transfer.retargeting.deformation.deformed_mesh import DeformedMesh
from motion_transfer.retargeting.deformation.gradient_transfer import GradientTransfer
from motion_transfer.retargeting.deformation.normal_equations import check_solver

LEAST_AREA = 1e-3  # of a vertex, as a share of the mean, so that no vertex is loose


@runtime_checkable
class DeformationStage(Protocol):
    """Moves a mesh as another one moves."""

    def __call__(
        self,
        source: MeshMotion,
        reference: TriangleMesh,
        rest: TriangleMesh,
        correspondence: Correspondence,
        feet: Bool[np.ndarray, "vertex"],
    ) -> DeformedMesh:
        """Deform the target.

        Args:
            reference: the source in the shape and pose of the target at rest.
            rest: the target at rest.
            feet: the target's vertices that are planted where the source's feet are.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SumnerPopovic:
    """Moves deformation gradients from triangle to triangle (Sumner and Popovic 2004).

    Vertices are anchored to the source's surface as well, softly: details that are smaller than a length come from the
    gradients, and where the body is and how far it reaches comes from the anchors (a screened Poisson problem).

    Attributes:
        anchor_length: that length, as a share of the target's size (the diagonal of its box); above 0.
        foot_anchor_length: the same for feet, which have to stand where the source's feet are planted.
        solver: of the linear system: auto, scipy or cholespy.

    Raises:
        ValueError: the solver does not exist or is not installed.
    """

    anchor_length: float
    foot_anchor_length: float
    solver: str

    def __post_init__(self) -> None:
        check_solver(self.solver)

    def __call__(
        self,
        source: MeshMotion,
        reference: TriangleMesh,
        rest: TriangleMesh,
        correspondence: Correspondence,
        feet: Bool[np.ndarray, "vertex"],
    ) -> DeformedMesh:
        """Factor the target's system; frames are solved for when they are asked for."""
        areas = vertex_areas(rest)
        lengths = rest.size_m * np.where(feet, self.foot_anchor_length, self.anchor_length)
        weights = np.maximum(areas, LEAST_AREA * areas.mean()) / lengths**2
        weights = np.where(correspondence.agrees, weights, weights * LEAST_AREA)
        transfer = GradientTransfer(rest, correspondence.follows, np.arange(len(weights)), weights, solver=self.solver)
        return DeformedMesh(source, reference, rest, correspondence, transfer)
