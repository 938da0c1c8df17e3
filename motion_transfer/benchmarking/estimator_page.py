"""Figures of estimators -> a page in Markdown. Every figure on it was measured in the same run."""

from pathlib import Path

from motion_transfer.benchmarking.estimator_figures import EstimatorFigures
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.evaluation.markdown_table import markdown_table
from motion_transfer.files.replacing import replacing

HEAD = """\
# Figures of the estimators of motion

Written by `motion-transfer benchmark only=[estimators]`; see [hmr.md](hmr.md) for what the estimators are. On drawn
people the truth is known: MPJPE and PVE are distances of joints and of the naked surface from it, relative to the
pelvis, along the camera's axes; PA-MPJPE is that of joints after Procrustes alignment; "turned" is how far the pelvis
faces from the truth, and a frame faces wrong if that is more than 60 degrees. All go through the real detector.
"""
FILMED = """\
## Filmed people

The distance of limb landmarks from the detector's, in per cent of the person's height, and the agreement of
silhouettes.
"""
ENERGY = """\
## Energy over iterations

The energy that the optimizer ends with, of whole optimizations of so many iterations, from the landmarks' start and
from the network's.
"""


def write_page(path: Path, figures: EstimatorFigures) -> None:
    """Write the page."""
    parts = [HEAD, *_drawn(figures), *_joints(figures), *_filmed(figures), *_energy(figures), *_cost(figures)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        fresh.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")


def _drawn(figures: EstimatorFigures) -> list[str]:
    rows = [
        (
            kind,
            name,
            str(len(found.turned_deg)),
            *(f"{number:.0f}" for number in (found.pa_mpjpe_mm, found.mpjpe_mm, found.pve_mm)),
            f"{float(found.turned_deg.mean()):.1f}",
            f"{found.facing_wrong_percent:.1f}",
        )
        for kind, estimators in figures.drawn.items()
        for name, found in estimators.items()
    ]
    head = ("drawn people", "estimator", "frames", "PA-MPJPE mm", "MPJPE mm", "PVE mm", "turned deg", "faces wrong %")
    return ["## Drawn people\n", markdown_table(head, rows)]


def _joints(figures: EstimatorFigures) -> list[str]:
    columns = [found for estimators in figures.drawn.values() for found in estimators.values()]
    head = ("joint", *(f"{name}, {kind}" for kind, estimators in figures.drawn.items() for name in estimators))
    means = [1000 * found.joints_m.mean(0) for found in columns]
    rows = [
        (name, *(f"{float(mean[number]):.0f}" for mean in means))
        for number, name in enumerate(JOINTS)
        if number > 0  # the pelvis is where joints are measured from
    ]
    return ["## MPJPE of each joint, mm\n", markdown_table(head, rows)]


def _filmed(figures: EstimatorFigures) -> list[str]:
    rows = [
        (clip, name, f"{found.reprojection_percent:.2f}", f"{found.silhouette_iou:.3f}", f"{found.jitter:.1f}")
        for clip, estimators in figures.filmed.items()
        for name, found in estimators.items()
    ]
    head = ("clip", "estimator", "landmark error %", "silhouette IoU", "mean acceleration m/s^2")
    return [FILMED, markdown_table(head, rows)] if rows else []


def _energy(figures: EstimatorFigures) -> list[str]:
    rows = [
        (name, start, *(f"{energy:.2f}" for energy in energies))
        for name, found in figures.convergence.items()
        for start, energies in (("landmarks", found.of_landmarks), ("network", found.of_network))
    ]
    counts = next(iter(figures.convergence.values())).iterations
    return [ENERGY, markdown_table(("clip", "start", *(str(count) for count in counts)), rows)]


def _cost(figures: EstimatorFigures) -> list[str]:
    cost = figures.cost
    rows = [
        (name, f"{1000 * seconds:.0f}", f"{1 / seconds:.1f}")
        for name, seconds in (("detection", cost.detection_s), ("network", cost.network_s))
    ]
    head = ("stage", "CPU ms a frame", "frames a CPU second")
    share = f"The network takes {cost.network_s / cost.detection_s:.2f} times what detection takes.\n"
    return ["## Cost\n", markdown_table(head, rows), share]
