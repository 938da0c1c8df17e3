"""Answer of `diagnose` to whether the generator is larger than it need be: what group lasso can take from it."""

from omegaconf import DictConfig

from motion_transfer.commands.answers import Answer
from motion_transfer.commands.recall import Recalled
from motion_transfer.performers.examination import held_out_places, reconstruction_loss, taught_places
from motion_transfer.performers.performer import Performer
from motion_transfer.training.channel_selection import Selection, try_selection
from motion_transfer.training.diagnostics.figures import Curve, line_figure

BEARABLE = 1.02  # of the held-out loss without penalty: a smaller generator that costs no more does as well


def ask_channels(performer: Performer, recalled: Recalled, asked: DictConfig) -> Answer:
    """How many channels die under group lasso of each strength, and what that costs on frames that did not teach."""
    generator = performer.generator
    places = (taught_places(recalled.lesson, performer), held_out_places(recalled.lesson, performer))
    losses = [
        reconstruction_loss(generator, recalled.weights, recalled.batch(some, asked.frames, generator))
        for some in places
    ]
    as_learned = losses[1]().item()
    penalties = sorted({0.0, *(float(penalty) for penalty in asked.penalties)})
    found = [
        try_selection(generator, *losses, penalty=penalty, rate=asked.rate, steps=asked.steps) for penalty in penalties
    ]
    return Answer(
        name="channels",
        sentence=_meaning(found, asked.steps),
        numbers={
            "held_out_loss_as_learned": as_learned,
            "channels": found[0].channels,
            "tried": [
                {
                    "penalty": one.penalty,
                    "kept": one.kept,
                    "held_out_loss_with_penalty": one.shrunk_loss,
                    "held_out_loss_of_the_rest": one.loss,
                }
                for one in found
            ],
        },
        figure=line_figure(
            [
                Curve(name="with the penalty", x=[s.kept for s in found], y=[s.shrunk_loss for s in found]),
                Curve(name="the rest, refitted", x=[s.kept for s in found], y=[s.loss for s in found]),
            ],
            title="What channels are worth",
            x_label=f"channels that are still read, of {found[0].channels}",
            y_label="held-out loss",
        ),
    )


def _meaning(found: list[Selection], steps: int) -> str:
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
            f"the held-out loss from {usual.loss:.3g} to {tried.loss:.3g}: nothing says the generator is too large."
        )
    return f"No penalty that was tried frees a channel in {steps} steps: raise channels.penalties or channels.steps."
