"""Figures of unpaired deformation transfer -> a page in Markdown and the same as JSON. Every figure was measured."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.events import Listener
from motion_transfer.evaluation.markdown_table import markdown_table
from motion_transfer.evaluation.measured import Setup
from motion_transfer.files.replacing import replacing
from motion_transfer.protocols.measurement import read_setup
from motion_transfer.protocols.unpaired import UnpairedFigures, UnpairedMeasurement
from motion_transfer.unpaired_training.progress import StageReporter

GAIN, RECONSTRUCTION, MINUTES = 0.3, 1.5, 30.0  # the bars
HEAD = """\
# Figures of unpaired deformation transfer

Written by `motion-transfer measure unpaired`; [unpaired.md](unpaired.md) says what is trained. Two drawn characters of
different triangles and proportions take random poses, each its own: the trainings know no pair. Further poses, which
neither collection holds, are then mapped and compared with the target in the same poses. Errors are mean distances of
vertices in per cent of the target's height, shapes turned alike and with their middles together.

- "mapped" is the learned map; "retrieved" is the target's given shape whose light field is nearest after the same
  registration, and "gain" is how much nearer to the truth the map is. "best given" is the given shape that is nearest
  to the truth, which no retrieval can beat; the truth is needed to find it.
- "by markers" is the deformation transfer of Sumner and Popovic, which is told eight pairs of points. It knows what
  belongs together, and the map does not.
- "autoencoders" are the errors of both on held-out shapes, and "cycle" that of mapping there and back, against the
  source as its autoencoder gives it. MMD is the discrepancy of mapped latents from true ones.
"""
VARIANTS = """\
## Other forms

The first two pairs with the first seed, one thing changed: without the similarity term; without the registration of
light fields, which is not in the paper; with the similarity network as published, which reads both latents at once; and
with generators as published, which give z + tanh(.). Autoencoders and light fields are those of the usual training.
"""


def measure_unpaired(
    measurement: UnpairedMeasurement,
    model: BodyModel,
    folder: Path,
    output: Path,
    device: str,
    listeners: Sequence[Listener],
) -> list[UnpairedFigures]:
    """Measure, and write the page.

    Args:
        folder: of the trainings and their figures, which are found again.
        device: `cpu` or `cuda`.
    """
    found = measurement(model, folder, advance=StageReporter(listeners), device=torch.device(device))
    write_page(output, found, read_setup(device))
    return found


def write_page(path: Path, figures: Sequence[UnpairedFigures], setup: Setup) -> None:
    """Write the page, and the figures beside it.

    Args:
        path: of the page, which ends in .md.
    """
    usual = [one for one in figures if not one.variant]
    parts = [HEAD, _table(usual), _bars(usual)]
    if len(usual) < len(figures):
        parts += [VARIANTS, _variants(figures)]
    machine = setup.machine
    where = f"{machine.processor}, {machine.logical_cores} logical cores, device {machine.device}"
    parts.append(f"Measured on {where}; commit {(setup.commit or 'unknown')[:12]}.\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        fresh.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")
    with replacing(path.with_suffix(".json")) as fresh:
        fresh.write_text(json.dumps([asdict(one) for one in figures], indent=1), encoding="utf-8")


def _table(figures: Sequence[UnpairedFigures]) -> str:
    head = ["characters", "seed", "mapped", "retrieved", "gain", "best given", "by markers", "autoencoders", "cycle"]
    rows = [
        [
            one.pair,
            str(one.seed),
            f"{one.mapped:.2f}",
            f"{one.nearest:.2f}",
            f"{100 * one.gain:.0f} %",
            f"{one.best_possible:.2f}",
            f"{one.gradient_transfer:.2f}",
            f"{one.source_error:.2f}, {one.target_error:.2f}",
            f"{one.cycle:.2f}",
            f"{one.mmd:.4f}",
            f"{one.seconds / 60:.1f}",
        ]
        for one in figures
    ]
    return markdown_table([*head, "MMD", "minutes"], rows)


def _variants(figures: Sequence[UnpairedFigures]) -> str:
    told = {(one.pair, one.seed) for one in figures if one.variant}
    rows = [
        [
            one.pair,
            one.variant or "usual",
            f"{one.mapped:.2f}",
            f"{one.nearest:.2f}",
            f"{one.cycle:.2f}",
            f"{one.mmd:.4f}",
        ]
        for one in figures
        if (one.pair, one.seed) in told
    ]
    return markdown_table(["characters", "variant", "mapped", "retrieved", "cycle", "MMD"], rows)


def _bars(figures: Sequence[UnpairedFigures]) -> str:
    """How many of the trainings reach each bar."""
    gains = sum(one.gain >= GAIN for one in figures)
    exact = sum(max(one.source_error, one.target_error) <= RECONSTRUCTION for one in figures)
    fast = sum(one.seconds <= 60 * MINUTES for one in figures)
    count = len(figures)
    return (
        f"Of {count} trainings, {gains} map at least {100 * GAIN:.0f} % nearer to the truth than retrieval, {exact} "
        f"have autoencoders that miss held-out shapes by at most {RECONSTRUCTION} %, and {fast} took at most "
        f"{MINUTES:.0f} minutes.\n"
    )
