"""Answers of `diagnose` where the training kept snapshots: what several would paint together, and what lies between."""

import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from motion_transfer.commands.answers import Answer
from motion_transfer.commands.recall import Recalled
from motion_transfer.performers.examination import Batch, held_out_places, paint_before, reconstruction_loss
from motion_transfer.performers.performer import Performer
from motion_transfer.synthesis.generator import Generator
from motion_transfer.synthesis.module import score
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.loss_path import loss_on_plane
from motion_transfer.training.ensembles import Ensemble, Snapshots

READ: tuple[str, ...] = ("maps", "maps_before", "has_previous", "plate")
PLANE = (-0.25, 0.0, 0.5, 1.0, 1.25)
VISIBLE_DB = 0.1  # a smaller gain is noise


class _Painter(nn.Module):
    """A generator's pictures, each from its own of the frame before."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, *read: Tensor) -> Tensor:
        batch = dict(zip(READ, read, strict=True))
        picture = self.generator(batch["maps"], paint_before(self.generator, batch)).over(batch["plate"])
        return picture.clamp(-1, 1)


def ask_snapshots(performer: Performer, recalled: Recalled, asked: DictConfig) -> list[Answer]:
    """What averaging the pictures of the snapshots gains, and the loss on the plane through three; or nothing."""
    kept = (recalled.end_of_training() or {}).get("callbacks", {}).get(Snapshots.__name__)
    if kept is None or not kept["weights"]:
        return []
    snapshots = Snapshots(count=len(kept["weights"]), child="generator")
    snapshots.load_state_dict(kept)
    generator = performer.generator
    batch = recalled.batch(held_out_places(recalled.lesson, performer), asked.frames, generator)
    members = [member for member in snapshots.ensemble(generator).members if isinstance(member, Generator)]
    answers = [_together(generator, members, batch)]
    if len(members) >= 3:
        answers.append(_between(generator, members, recalled, batch))
    return answers


def _together(generator: Generator, members: list[Generator], batch: Batch) -> Answer:
    in_use = _person_db([generator], batch)
    alone = [_person_db([member], batch) for member in members]
    last = [_person_db(members[-count:], batch) for count in range(1, len(members) + 1)]
    gain = last[-1] - max(in_use, *alone)
    meaning = (
        f"averaging pictures would gain {gain:.1f} dB, for {len(members)} times the work"
        if gain > VISIBLE_DB
        else "averaging pictures gains nothing over the better of these"
    )
    sizes = list(range(1, len(members) + 1))
    return Answer(
        name="snapshots",
        sentence=f"Together its {len(members)} snapshots paint the person of held-out frames at {last[-1]:.1f} dB, the "
        f"best of them alone at {max(alone):.1f} dB, the weights in use at {in_use:.1f} dB: {meaning}.",
        numbers={"in_use_db": in_use, "alone_db": alone, "last_ones_together_db": last, "gain_db": gain},
        figure=line_figure(
            [Curve(name="alone, in order", x=sizes, y=alone), Curve(name="last ones together", x=sizes, y=last)],
            title="Snapshots of the training",
            x_label="which, or how many",
            y_label="PSNR of the person in held-out frames",
        ),
    )


def _between(generator: Generator, members: list[Generator], recalled: Recalled, batch: Batch) -> Answer:
    first, middle, last = (members[place].state_dict() for place in (0, len(members) // 2, -1))
    loss = reconstruction_loss(generator, recalled.weights, batch)
    plane = loss_on_plane(generator, loss, (first, middle, last), torch.tensor(PLANE))
    return Answer(
        name="plane",
        sentence=f"Between three snapshots of its training: {plane.sentence}",
        numbers={"shares": list(PLANE), "held_out_loss": plane.loss.tolist(), "barrier": plane.barrier},
        figure=line_figure(
            [
                Curve(name=f"{share:g} of the last", x=PLANE, y=row)
                for share, row in zip(PLANE, plane.loss.tolist(), strict=True)
            ],
            title="The plane through three snapshots",
            x_label="share of the second, rest of the first",
            y_label="loss on held-out frames",
        ),
    )


@torch.no_grad()
def _person_db(members: list[Generator], batch: Batch) -> float:
    """Mean PSNR of the person over the frames, of the members' averaged pictures."""
    pictures = Ensemble([_Painter(member) for member in members])(*(batch[name] for name in READ))
    frames = [{name: values[row : row + 1] for name, values in batch.items()} for row in range(len(pictures))]
    scores = [score(picture[None], frame)[1] for picture, frame in zip(pictures, frames, strict=True)]
    return sum(scores) / len(scores)
