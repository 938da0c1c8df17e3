"""The loss between the averaged weights of a performer and the last ones of its training, which are not averaged."""

import torch

from motion_transfer.diagnosis.probes import reconstruction_loss
from motion_transfer.diagnosis.training_record import TrainingRecord, weights_of
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.loss_path import loss_along_line

COEFFICIENTS = (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
LAGS = 0.97  # fraction of the averaged weights' loss below which the last ones are better


def measure_weight_averaging(
    generator: ConditionalGenerator, record: TrainingRecord, *, frames: int
) -> Diagnostic | str:
    """Follow the held-out loss along the line from the averaged to the last weights.

    Args:
        frames: held-out ones.

    Returns:
        The diagnostic, or why there is none.
    """
    checkpoint = record.checkpoint
    if checkpoint is None:
        return (
            "The end of its training, to compare its averaged weights with, was not kept: keep_checkpoints=true does."
        )
    if "current_model_state" not in checkpoint:
        return "Its weights were not averaged: there is nothing to compare them with."
    device = next(generator.parameters()).device
    last = {n: weight.to(device) for n, weight in weights_of("generator", checkpoint["current_model_state"]).items()}
    loss = reconstruction_loss(generator, record.weights, record.batch(record.held_out_crops, frames, generator))
    path = loss_along_line(generator, loss, generator.state_dict(), last, torch.tensor(COEFFICIENTS))
    averaged, unaveraged = (path.loss[COEFFICIENTS.index(end)].item() for end in (0.0, 1.0))
    lag = " The average lags behind: train longer." if unaveraged < LAGS * averaged else ""
    meaning = path.sentence[0].lower() + path.sentence[1:]
    coefficients, losses = path.coefficients.tolist(), path.loss.tolist()
    return Diagnostic(
        name="weight_averaging",
        sentence=f"From the averaged weights in use (held-out loss {averaged:.3g}) to the last of the training "
        f"({unaveraged:.3g}): {meaning}{lag}",
        numbers={"coefficients": coefficients, "held_out_loss": losses, "barrier": path.barrier},
        figure=line_figure(
            [Curve(name="held-out frames", x=coefficients, y=losses)],
            title="Between averaged and last weights",
            x_label="0: averaged, in use; 1: last of the training",
            y_label="loss",
        ),
    )
