"""Jacobian norms over a performer's motion: which frames to look at, because a small error of the body shows most."""

import dataclasses
import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from motion_transfer.diagnosis.probes import PosedPerformer
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.jacobian import rank_correlation, sensitivity

FEWEST_RANKED = 5  # held-out frames below which a rank correlation means nothing


def measure_sensitivity(
    probe: PosedPerformer,
    errors: Mapping[int, float],
    *,
    frames: int,
    projections: int,
    fraction: float,
    draw: torch.Generator,
    advance: Callable[[], None],
) -> Diagnostic:
    """Rank frames by the norm of the Jacobian; the worst `fraction` of them are the report's suspects.

    Args:
        errors: root mean square error of the person by index of the held-out frame; empty where it is not known.
        frames: number of frames of the performer's motion, evenly spread; held-out frames are added.
        projections: random ones a frame; each costs a backward pass.
        fraction: of the frames that are suspects.
        draw: on the CPU.
        advance: is called after each frame.
    """
    indices = sorted({*evenly_spaced(len(probe.performer.facts.motion), frames), *errors})
    norms: dict[int, Tensor] = {}
    for index in indices:
        norms[index] = probe.sensitivity(index, projections=projections, draw=draw)
        advance()
    found = sensitivity(torch.stack(list(norms.values())), fraction=fraction)
    correlation = None
    if len(errors) >= FEWEST_RANKED:
        rank = rank_correlation(torch.stack([norms[index] for index in errors]), torch.tensor(list(errors.values())))
        correlation = rank if math.isfinite(rank) else None
    suspects = [indices[row] for row in found.suspects]
    found = dataclasses.replace(found, suspects=tuple(suspects), correlation=correlation)
    values = {index: norm.item() for index, norm in norms.items()}
    return Diagnostic(
        name="sensitivity",
        sentence=found.sentence,
        numbers={
            "suspects": suspects,
            "rank_correlation": correlation,
            "held_out_rms_error": dict(errors),
            "norms": values,
        },
        figure=line_figure(
            [Curve(name="sensitivity", x=indices, y=list(values.values()))],
            title="How much the picture depends on the body",
            x_label="frame",
            y_label="norm of the Jacobian per root pixel",
        ),
    )
