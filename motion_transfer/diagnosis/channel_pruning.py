"""Channel pruning by group lasso: is the generator larger than its performer needs?"""

from collections.abc import Sequence

from motion_transfer.diagnosis.probes import reconstruction_loss
from motion_transfer.diagnosis.training_record import TrainingRecord
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.training.channel_pruning import Pruning, try_pruning
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure

BEARABLE = 1.02  # of the held-out loss without penalty: a smaller generator that costs no more does as well


def measure_channel_pruning(
    generator: ConditionalGenerator,
    record: TrainingRecord,
    *,
    steps: int,
    frames: int,
    rate: float,
    penalties: Sequence[float],
) -> Diagnostic:
    """Count the channels that die under group lasso of each strength, and measure the held-out loss without them.

    Args:
        steps: with the penalty, and as many without.
        frames: that are trained on, and as many held-out ones.
        rate: of the accelerated proximal gradient.
        penalties: strengths of the group lasso; 0 is always tried.
    """
    losses = [
        reconstruction_loss(generator, record.weights, record.batch(crops, frames, generator))
        for crops in (record.training_crops, record.held_out_crops)
    ]
    as_learned = losses[1]().item()
    found = [
        try_pruning(generator, *losses, penalty=penalty, rate=rate, steps=steps)
        for penalty in sorted({0.0, *(float(penalty) for penalty in penalties)})
    ]
    return Diagnostic(
        name="channel_pruning",
        sentence=_meaning(found, steps),
        numbers={
            "held_out_loss_as_learned": as_learned,
            "channels": found[0].channels,
            "tried": [
                {
                    "penalty": one.penalty,
                    "kept": one.kept,
                    "held_out_loss_with_penalty": one.shrunk_loss,
                    "held_out_loss_refitted": one.loss,
                }
                for one in found
            ],
        },
        figure=line_figure(
            [
                Curve(name="with the penalty", x=[s.kept for s in found], y=[s.shrunk_loss for s in found]),
                Curve(name="pruned and refitted", x=[s.kept for s in found], y=[s.loss for s in found]),
            ],
            title="Held-out loss of a pruned generator",
            x_label=f"channels that are still read, of {found[0].channels}",
            y_label="held-out loss",
        ),
    )


def _meaning(found: list[Pruning], steps: int) -> str:
    usual = found[0]
    smallest = min((one for one in found if one.loss <= BEARABLE * usual.loss), key=lambda one: one.kept)
    tried = min(found, key=lambda one: one.kept)
    if smallest.kept < usual.kept:
        return (
            f"Group lasso over {steps} steps frees {usual.kept - smallest.kept} of {usual.channels} channels at a "
            f"held-out loss of {smallest.loss:.3g} against {usual.loss:.3g}: a smaller generator would do as well."
        )
    if tried.kept < usual.kept:
        return (
            f"Group lasso over {steps} steps frees {usual.kept - tried.kept} of {usual.channels} channels, but raises "
            f"the held-out loss from {usual.loss:.3g} to {tried.loss:.3g}: no sign that the generator is too large."
        )
    return (
        f"No penalty that was tried frees a channel in {steps} steps: raise channel_pruning.penalties or "
        "channel_pruning.steps."
    )
