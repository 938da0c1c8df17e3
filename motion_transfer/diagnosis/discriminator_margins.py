"""Margins of a performer's discriminator (Jiang et al. 2019): has it memorized the frames that it was trained on?"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.diagnosis.probes import Batch, previous_frames
from motion_transfer.diagnosis.training_record import TrainingRecord, weights_of
from motion_transfer.domain.value import value
from motion_transfer.synthesis.adversarial import Adversarial
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator, discriminator_input
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.margins import margins, signature

CHANCE = 0.6  # accuracy below which the discriminator knows hardly more than a coin
MEMORIZED = 0.1  # gap of the accuracies from which it has memorized its training frames


@value
class DiscriminatorMargins:
    """Margins on frames of one kind; negative where the discriminator takes a frame for the other kind.

    Attributes:
        real: of frames of the footage.
        painted: of the same frames as the generator paints them.
    """

    real: Float[Tensor, "frame"]
    painted: Float[Tensor, "frame"]

    @property
    def accuracy(self) -> float:
        """The fraction of frames on the right side; 0.5 is chance."""
        return torch.cat([self.real, self.painted]).gt(0).double().mean().item()


def measure_discriminator_margins(
    generator: ConditionalGenerator, record: TrainingRecord, *, frames: int
) -> Diagnostic | str:
    """Compare the discriminator's margins on training frames with those on held-out ones.

    Args:
        frames: of each kind, evenly spread.

    Returns:
        The diagnostic, or why there is none.
    """
    checkpoint = record.checkpoint
    if checkpoint is None:
        return "The discriminator was not kept: its margins are not known. Learn with keep_checkpoints=true to keep it."
    if not checkpoint["optimizer_states"][1]["state"]:
        return "The discriminator never joined the training: it has no margins to speak of."
    discriminator = record.make_discriminator(generator.channels)
    if discriminator is None:
        return "The discriminator is of a class of one's own: its margins are not measured."
    state = checkpoint.get("current_model_state", checkpoint["state_dict"])
    discriminator.load_state_dict(weights_of("discriminator", state))
    discriminator.eval().requires_grad_(False).to(next(generator.parameters()).device)
    batches = [record.batch(crops, frames, generator) for crops in (record.training_crops, record.held_out_crops)]
    training, held_out = discriminator_margins(discriminator, generator, record.adversarial, batches)
    gap = training.accuracy - held_out.accuracy
    return Diagnostic(
        name="discriminator_margins",
        sentence=f"The discriminator is right about {100 * training.accuracy:.0f} % of its training frames, real or "
        f"painted, and about {100 * held_out.accuracy:.0f} % of held-out ones: {_meaning(training.accuracy, gap)}.",
        numbers={"training": _numbers(training), "held_out": _numbers(held_out), "gap": gap},
        figure=line_figure(
            [
                Curve(name=f"{kind}, {name}", x=values.sort().values.tolist(), y=_ranks(values))
                for name, found in (("training", training), ("held out", held_out))
                for kind, values in (("real", found.real), ("painted", found.painted))
            ],
            title="Margins of the discriminator",
            x_label="distance to the decision; negative: taken for the other kind",
            y_label="fraction of frames below",
        ),
    )


def discriminator_margins(
    discriminator: ConditionalDiscriminator,
    generator: ConditionalGenerator,
    adversarial: Adversarial,
    batches: Sequence[Batch],
) -> list[DiscriminatorMargins]:
    """Give the margins on real and painted frames of each batch, over a common scale.

    The score of a frame is the mean over patches and scales. Least squares training (Mao et al. 2017) puts the decision
    halfway between 0, painted, and the label of real frames.
    """
    batch = {name: torch.cat([one[name] for one in batches]) for name in batches[0]}
    previous = previous_frames(generator, batch)
    with torch.no_grad():
        painted = generator(batch["maps"], previous).over(batch["plate"])
    twice = {name: torch.cat([batch[name]] * 2) for name in ("maps", "maps_before", "weight")}
    two_frame, real_label = adversarial.two_frame, adversarial.real_label()
    black = torch.zeros_like(painted) if previous is None else previous
    before = torch.cat([batch["rgb_before"] if two_frame else black, black])
    pictures = torch.cat([batch["rgb"], painted])

    def scores(pictures: Tensor) -> Tensor:
        features = discriminator(discriminator_input(twice, generator.channels, before, pictures, two_frame=two_frame))
        score = torch.stack([scale[-1].flatten(1).mean(1) for scale in features]).mean(0)
        return torch.stack([score - real_label / 2, real_label / 2 - score], 1)

    labels = torch.arange(len(pictures), device=pictures.device) // len(painted)  # 0 real, 1 painted
    real, fake = margins(scores, pictures, labels).cpu().split(len(painted))
    sizes = [len(one["rgb"]) for one in batches]
    return [DiscriminatorMargins(real=r, painted=p) for r, p in zip(real.split(sizes), fake.split(sizes), strict=True)]


def _meaning(accuracy: float, gap: float) -> str:
    if accuracy < CHANCE:
        return "hardly more than a coin would be, so the generator learned little from it"
    if gap > MEMORIZED:
        return "it has memorized its training frames, and more footage would help"
    return "it has not memorized its training frames"


def _numbers(found: DiscriminatorMargins) -> dict[str, Any]:
    return {
        "accuracy": found.accuracy,
        "real_quartiles_and_fences": signature(found.real).tolist(),
        "painted_quartiles_and_fences": signature(found.painted).tolist(),
    }


def _ranks(values: Tensor) -> list[float]:
    return [(i + 1) / len(values) for i in range(len(values))]
