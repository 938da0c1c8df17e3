"""The losses of mesh recovery: reprojection, rotations, points in space, camera and shape, and the expected error."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS
from motion_transfer.mesh_recovery.body_points import BodyPoints, in_crop_units
from motion_transfer.mesh_recovery.network import Estimate
from motion_transfer.recovery_training.views import Views

NOBODY_ERROR_M = 0.5  # what the network should expect of a picture without a person
FARTHEST = 3.0  # crop units, beyond which a point's place does not matter


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryLosses:
    """Weights of the terms.

    Attributes:
        steps: of the feedback steps, the last one first.
    """

    reprojection: float = 4.0
    rotations: float = 1.0
    root: float = 1.0
    points: float = 8.0
    camera: float = 1.0
    betas: float = 0.03
    expected_error: float = 0.1
    steps: tuple[float, ...] = (1.0, 0.3, 0.1)

    def __call__(self, estimates: list[Estimate], views: Views, body: BodyPoints) -> dict[str, Float[Tensor, ""]]:
        """Every term, with its weight, over all steps; people alone count, but for the expected error."""
        total: dict[str, Tensor] = {}
        for weight, estimate in zip(self.steps, reversed(estimates), strict=False):
            for name, term in self._of_step(estimate, views, body).items():
                total[name] = total.get(name, torch.zeros_like(term)) + weight * term
        return total

    def _of_step(self, estimate: Estimate, views: Views, body: BodyPoints) -> dict[str, Tensor]:
        truth, person = views.truth, views.person
        points_m = body(estimate.parent_from_joint, estimate.betas)
        points = in_crop_units(points_m, estimate.root_position_m(views.half_field), views.half_field)
        distance_m = (points_m - views.points_m).norm(dim=-1)
        turned = (estimate.parent_from_joint - truth.parent_from_joint).square().sum((-1, -2))
        apart = (points.clamp(-FARTHEST, FARTHEST) - views.points.clamp(-FARTHEST, FARTHEST)).abs().sum(-1)
        error_m = distance_m[:, : len(JOINTS)].mean(1).detach().clamp(min=1e-3)
        expected = torch.where(person > 0, error_m, NOBODY_ERROR_M).log()
        terms = {
            "reprojection": self.reprojection * apart.mean(1),
            "rotations": self.rotations * turned[:, 1:].mean(1),
            "root": self.root * turned[:, 0],
            "points": self.points * distance_m.mean(1),
            "camera": self.camera * (estimate.camera - truth.camera).clamp(-FARTHEST, FARTHEST).abs().sum(1),
            "betas": self.betas * (estimate.betas - truth.betas).square().sum(1),
        }
        seen = {name: (term * person).sum() / person.sum().clamp(min=1) for name, term in terms.items()}
        return {**seen, "expected_error": self.expected_error * (estimate.log_error - expected).abs().mean()}
