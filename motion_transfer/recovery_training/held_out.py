"""How well a network recovers held-out people: joint errors, facing, reprojection, and its own judgement of them."""

import torch

from motion_transfer.body.skeleton import JOINTS
from motion_transfer.evaluation.motion_metrics import facing_error_deg, pa_mpjpe
from motion_transfer.mesh_recovery.body_points import BodyPoints, in_crop_units
from motion_transfer.mesh_recovery.network import Estimate, MeshRecoveryNetwork
from motion_transfer.recovery_training.views import Views

AT_ONCE = 64
WRONG_DEG, BACK_DEG = 60.0, 120.0  # of facing: clearly wrong, and the back taken for the front


@torch.no_grad()
def held_out_figures(network: MeshRecoveryNetwork, views: Views, body: BodyPoints) -> dict[str, float]:
    """Figures of a network on views of people it never saw; millimetres, percent and crop units."""
    steps = estimated(network, views)
    seen = views.person > 0
    true_m, facing = views.points_m[:, : len(JOINTS)][seen], views.truth.parent_from_joint[:, 0][seen]
    figures = {}
    for number, estimate in enumerate(steps, start=1):
        found_m = body(estimate.parent_from_joint, estimate.betas)[:, : len(JOINTS)][seen]
        figures[f"mpjpe_mm_step_{number}"] = 1000 * float((found_m - true_m).norm(dim=-1).mean())
    last = steps[-1]
    points_m = body(last.parent_from_joint, last.betas)
    turned_deg = facing_error_deg(last.parent_from_joint[:, 0][seen], facing)
    apart = in_crop_units(points_m, last.root_position_m(views.half_field), views.half_field) - views.points
    figures |= {
        "mpjpe_mm": 1000 * float((points_m[:, : len(JOINTS)][seen] - true_m).norm(dim=-1).mean()),
        "pa_mpjpe_mm": pa_mpjpe(points_m[:, : len(JOINTS)][seen].cpu(), true_m.cpu()),
        "facing_wrong_percent": 100 * float((turned_deg > WRONG_DEG).float().mean()),
        "facing_back_percent": 100 * float((turned_deg > BACK_DEG).float().mean()),
        "reprojection_crop_units": float(apart[seen].norm(dim=-1).mean()),
        "betas_off": float((last.betas - views.truth.betas)[seen].abs().mean()),
        "expected_error_mm": 1000 * float(last.log_error[seen].exp().mean()),
    }
    if not seen.all():
        figures["expected_error_of_nobody_mm"] = 1000 * float(last.log_error[~seen].exp().mean())
    return figures


@torch.no_grad()
def estimated(network: MeshRecoveryNetwork, views: Views) -> list[Estimate]:
    """The estimates of all views, of each feedback step."""
    training = network.training
    network.eval()
    parts = [
        network(*some)
        for some in zip(
            views.crops.split(AT_ONCE), views.landmarks.split(AT_ONCE), views.half_field.split(AT_ONCE), strict=True
        )
    ]
    network.train(training)
    return [_joined(list(step)) for step in zip(*parts, strict=True)]


def _joined(parts: list[Estimate]) -> Estimate:
    return Estimate(
        parent_from_joint=torch.cat([part.parent_from_joint for part in parts]),
        betas=torch.cat([part.betas for part in parts]),
        camera=torch.cat([part.camera for part in parts]),
        log_error=torch.cat([part.log_error for part in parts]),
    )
