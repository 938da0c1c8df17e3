"""Sharpness of the minimum that a performer's training reached: worst loss nearby, and the Hessian's spectrum."""

import dataclasses
from collections.abc import Sequence

import torch

from motion_transfer.diagnosis.probes import reconstruction_loss
from motion_transfer.diagnosis.training_record import TrainingRecord
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.sharpness import curvature, worst_loss_nearby


def measure_sharpness(
    generator: ConditionalGenerator,
    record: TrainingRecord,
    *,
    frames: int,
    radii: Sequence[float],
    ascent: int,
    lanczos: int,
    probes: int,
    top: int,
    draw: torch.Generator,
) -> Diagnostic:
    """Measure how the training loss rises around the weights that require gradients, and how it curves at them.

    Args:
        frames: of the training frames, evenly spread, whose loss is followed.
        radii: of the balls, as fractions of the weights' norm.
        ascent: steps toward the worst loss in a ball.
        lanczos, probes, top: `steps`, `probes` and `top` of `curvature`.
        draw: on the CPU.
    """
    batch = record.batch(record.training_crops, frames, generator)
    loss = reconstruction_loss(generator, record.weights, batch)
    weights = [weight for weight in generator.parameters() if weight.requires_grad]
    here = loss().item()
    worst = {float(radius): worst_loss_nearby(loss, weights, radius=radius, steps=ascent) for radius in radii}
    bend = curvature(loss, weights, steps=lanczos, probes=probes, top=top, generator=draw)
    radius = sorted(worst)[len(worst) // 2]
    return Diagnostic(
        name="sharpness",
        sentence=f"{bend.sentence} Moving the weights by {100 * radius:.2g} % of their size can raise the loss from "
        f"{here:.3g} to {worst[radius]:.3g}; of two performers the flatter one tends to do new poses better.",
        numbers={"loss": here, "worst_loss_in_ball": worst, **dataclasses.asdict(bend)},
        figure=line_figure(
            [Curve(name="worst found", x=[0.0, *worst], y=[here, *worst.values()])],
            title="Loss around the minimum",
            x_label="radius of the ball, as a fraction of the weights' norm",
            y_label="loss",
        ),
    )
