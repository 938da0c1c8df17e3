"""Answers of `diagnose` that need the checkpoints of the performer's training, which only the cache keeps."""

from collections.abc import Mapping
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from motion_transfer.commands.answers import Answer
from motion_transfer.commands.recall import Recalled
from motion_transfer.performers.examination import Judged, held_out_places, judge, reconstruction_loss, taught_places
from motion_transfer.performers.performer import Performer
from motion_transfer.synthesis.discriminator import PatchDiscriminator, judged_channels
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.loss_path import loss_along_line
from motion_transfer.training.diagnostics.margins import signature

SHARES = (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
LAGS = 0.97  # share of the averaged weights' loss below which the last ones are better
COIN, BY_HEART = 0.6, 0.1  # share told rightly below which it knows nothing; gap from which it has learned by heart


def ask_averaging(performer: Performer, recalled: Recalled, asked: DictConfig) -> Answer | str:
    """The loss between the averaged weights in use and the last ones of the training, which are not averaged."""
    kept = recalled.end_of_training()
    if kept is None:
        return "The end of its training is no longer kept: nothing to compare its averaged weights with."
    if "current_model_state" not in kept:
        return "Its weights were not averaged: there is nothing to tell of it."
    generator = performer.generator
    device = next(generator.parameters()).device
    last = {name: weight.to(device) for name, weight in _of("generator", kept["current_model_state"]).items()}
    batch = recalled.batch(held_out_places(recalled.lesson, performer), asked.frames, generator)
    loss = reconstruction_loss(generator, recalled.weights, batch)
    path = loss_along_line(generator, loss, generator.state_dict(), last, torch.tensor(SHARES))
    ends = [path.loss[SHARES.index(share)].item() for share in (0.0, 1.0)]
    lag = " The average lags behind: train longer." if ends[1] < LAGS * ends[0] else ""
    return Answer(
        name="averaging",
        sentence=f"From the averaged weights in use (held-out loss {ends[0]:.3g}) to the last of the training "
        f"({ends[1]:.3g}): {_lowered(path.sentence)}{lag}",
        numbers={"shares": path.share.tolist(), "held_out_loss": path.loss.tolist(), "barrier": path.barrier},
        figure=line_figure(
            [Curve(name="held-out frames", x=path.share.tolist(), y=path.loss.tolist())],
            title="Between averaged and last weights",
            x_label="0: averaged, in use; 1: last of the training",
            y_label="loss",
        ),
    )


def ask_margins(performer: Performer, recalled: Recalled, asked: DictConfig) -> Answer | str:
    """Whether the discriminator knows the frames that taught it better than others: then it has them by heart."""
    kept = recalled.end_of_training()
    if kept is None:
        return "The discriminator is no longer kept in the cache: its margins are not known."
    if not kept["optimizer_states"][1]["state"]:
        return "The discriminator never joined the training: it has no margins to speak of."
    generator = performer.generator
    discriminator = PatchDiscriminator(judged_channels(generator.channels), **recalled.teacher["discriminator"])
    discriminator.load_state_dict(_of("discriminator", kept.get("current_model_state", kept["state_dict"])))
    discriminator.eval().requires_grad_(False).to(next(generator.parameters()).device)
    places = (taught_places(recalled.lesson, performer), held_out_places(recalled.lesson, performer))
    groups = [recalled.batch(some, asked.frames, generator) for some in places]
    taught, held_out = judge(discriminator, generator, recalled.real_label, groups)
    gap = taught.told - held_out.told
    meaning = "it has not learned them by heart"
    if taught.told < COIN:
        meaning = "hardly more than a coin would, so it taught the generator little"
    elif gap > BY_HEART:
        meaning = "it knows the former by heart, and more footage would help"
    return Answer(
        name="margins",
        sentence=f"The discriminator tells real from painted in {100 * taught.told:.0f} % of frames that taught it and "
        f"in {100 * held_out.told:.0f} % of others: {meaning}.",
        numbers={"taught": _told(taught), "held_out": _told(held_out), "gap": gap},
        figure=line_figure(
            [
                Curve(name=f"{kind}, {name}", x=values.sort().values.tolist(), y=_ranks(values))
                for name, judged in (("taught", taught), ("held out", held_out))
                for kind, values in (("real", judged.real), ("painted", judged.painted))
            ],
            title="Margins of the discriminator",
            x_label="distance to the decision; negative: taken for the other kind",
            y_label="share of frames below",
        ),
    )


def _told(judged: Judged) -> dict[str, Any]:
    return {
        "told_rightly": judged.told,
        "real_quartiles_and_fences": signature(judged.real).tolist(),
        "painted_quartiles_and_fences": signature(judged.painted).tolist(),
    }


def _ranks(values: Tensor) -> list[float]:
    return [(i + 1) / len(values) for i in range(len(values))]


def _of(part: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): value for name, value in state.items() if name.startswith(f"{part}.")}


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
