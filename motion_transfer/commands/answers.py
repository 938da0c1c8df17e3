"""Answers of `diagnose` that the performer gives by itself, or with its footage: numbers, a figure, the meaning."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from motion_transfer.commands.recall import Recalled
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.examination import OwnFrames, reconstruction_loss, taught_places
from motion_transfer.performers.performer import Performer
from motion_transfer.progress import Progress
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.jacobian import rank_correlation, sensitivity
from motion_transfer.training.diagnostics.sharpness import curvature, worst_loss_nearby

FEWEST_RANKED = 5  # held-out frames below which a rank correlation says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        name: of its figure and of its entry in the report.
        sentence: what it means for the user.
        numbers: what was measured, as JSON has it.
        figure: SVG text.
    """

    name: str
    sentence: str
    numbers: Mapping[str, Any]
    figure: str


def ask_sensitivity(
    frames: OwnFrames, errors: Mapping[int, float], asked: DictConfig, progress: Progress, draw: torch.Generator
) -> tuple[Answer, list[int]]:
    """Which frames to look at, worst first; and whether held-out frames with large errors are among them.

    Args:
        errors: of the person by number of the frame, in frames that did not teach; empty where they are not known.
    """
    numbers = sorted({*evenly_spaced(len(frames.performer.facts.motion), asked.frames), *errors})
    norms: dict[int, Tensor] = {}
    with progress.stage("sensitivity", len(numbers)) as stage:
        for number in numbers:
            norms[number] = frames.sensitivity(number, projections=asked.projections, draw=draw)
            stage.advance()
    found = sensitivity(torch.stack(list(norms.values())), fraction=asked.fraction)
    correlation = None
    if len(errors) >= FEWEST_RANKED:
        rank = rank_correlation(torch.stack([norms[n] for n in errors]), torch.tensor(list(errors.values())))
        correlation = rank if math.isfinite(rank) else None
    suspects = [numbers[i] for i in found.suspects]
    found = dataclasses.replace(found, suspects=tuple(suspects), correlation=correlation)
    values = {number: norm.item() for number, norm in norms.items()}
    answer = Answer(
        name="sensitivity",
        sentence=found.sentence,
        numbers={
            "suspects": suspects,
            "rank_correlation": correlation,
            "held_out_rms_error": dict(errors),
            "norms": values,
        },
        figure=line_figure(
            [Curve(name="sensitivity", x=numbers, y=list(values.values()))],
            title="How much the picture depends on the body",
            x_label="frame",
            y_label="norm of the Jacobian per root pixel",
        ),
    )
    return answer, suspects


def ask_sharpness(performer: Performer, recalled: Recalled, asked: DictConfig, draw: torch.Generator) -> Answer:
    """How the loss rises around the weights, and whether they lie in a minimum (of the weights without the texture)."""
    generator = performer.generator
    batch = recalled.batch(taught_places(recalled.lesson, performer), asked.frames, generator)
    loss = reconstruction_loss(generator, recalled.weights, batch)
    weights = [weight for weight in generator.parameters() if weight.requires_grad]
    here = loss().item()
    worst = {
        float(radius): worst_loss_nearby(loss, weights, radius=radius, steps=asked.ascent) for radius in asked.radii
    }
    bend = curvature(loss, weights, steps=asked.lanczos, probes=asked.probes, top=asked.top, generator=draw)
    radius = sorted(worst)[len(worst) // 2]
    return Answer(
        name="sharpness",
        sentence=f"{bend.sentence} Moving the weights by {100 * radius:.2g} % of their size can raise the loss from "
        f"{here:.3g} to {worst[radius]:.3g}; of two performers the flatter one tends to do new poses better.",
        numbers={"loss": here, "worst_loss_in_ball": worst, **dataclasses.asdict(bend)},
        figure=line_figure(
            [Curve(name="worst found", x=[0.0, *worst], y=[here, *worst.values()])],
            title="Loss around the minimum",
            x_label="radius of the ball, as a share of the weights' norm",
            y_label="loss",
        ),
    )
